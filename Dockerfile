# The daemon, and nothing that it does not need to run: no compiler, no npm, no tests, no pip.
#
#     docker build --tag keeper .
#     docker run --detach --name keeper --read-only --cap-drop ALL --security-opt no-new-privileges \
#       --volume "$PWD/config:/etc/keeper:ro" --volume keeper-data:/var/lib/keeper keeper
#
# The tag names one patch release. To pin its bytes too, append the digest that the registry shows for it:
#     --build-arg PYTHON=python:3.11.14-slim-bookworm@sha256:…
ARG PYTHON=python:3.11.14-slim-bookworm

FROM ${PYTHON} AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_CONSTRAINT=/src/requirements.lock
WORKDIR /src
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY keeper keeper
COPY strategies strategies
COPY config config
RUN pip wheel --no-deps --wheel-dir /dist . \
 && python -m venv --without-pip /opt/keeper \
 && pip --python /opt/keeper/bin/python install --only-binary :all: /dist/*.whl

FROM ${PYTHON} AS runtime
COPY --from=builder /opt/keeper /opt/keeper
RUN install --directory --mode 755 /etc/keeper \
 && install --directory --owner 10001 --group 10001 --mode 700 /var/lib/keeper
# What has to survive the container lies in the volume, whatever the mounted files say of it. Inside its own network the
# port is open; publish it to where Prometheus is, no further.
ENV PATH=/opt/keeper/bin:$PATH \
    HOME=/var/lib/keeper \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    KEEPER_LEDGER=sqlite:////var/lib/keeper/keeper.db \
    KEEPER_KILL_SWITCH=/var/lib/keeper/halt \
    KEEPER_LOG__FORMAT=json \
    KEEPER_HTTP__LISTEN=0.0.0.0 \
    KEEPER_HTTP__PORT=9586
USER 10001:10001
WORKDIR /var/lib/keeper
VOLUME ["/var/lib/keeper"]
EXPOSE 9586
# Alive is recent useful work, not a process that is up. The first start reads the whole history of the protocols.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30m --retries=3 CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['KEEPER_HTTP__PORT']), timeout=4); c.request('GET', '/livez'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["keeper"]
CMD ["run", "--config", "/etc/keeper"]
