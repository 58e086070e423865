package io.gofka.metadata.image;

import java.util.UUID;

/**
 * One rule of who may do what. The codes are those of the wire protocol.
 *
 * @param host address that the rule holds for, {@code *} for all
 */
public record AclImage(
    UUID id,
    byte resourceType,
    String resourceName,
    byte patternType,
    String principal,
    String host,
    byte operation,
    byte permissionType) {}
