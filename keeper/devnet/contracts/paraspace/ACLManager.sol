// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

/// @title Equal to ParaSpace's ACLManager for pool admins and asset listing admins
contract ACLManager is AccessControl {
    bytes32 public constant POOL_ADMIN_ROLE = keccak256("POOL_ADMIN");
    bytes32 public constant ASSET_LISTING_ADMIN_ROLE = keccak256("ASSET_LISTING_ADMIN");

    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    function addPoolAdmin(address admin) external {
        grantRole(POOL_ADMIN_ROLE, admin);
    }

    function addAssetListingAdmin(address admin) external {
        grantRole(ASSET_LISTING_ADMIN_ROLE, admin);
    }

    function isPoolAdmin(address admin) external view returns (bool) {
        return hasRole(POOL_ADMIN_ROLE, admin);
    }

    function isAssetListingAdmin(address admin) external view returns (bool) {
        return hasRole(ASSET_LISTING_ADMIN_ROLE, admin);
    }
}
