package io.gofka.metadata;

/**
 * Wait until this node's image has reached an offset of the metadata log. Answered with that image.
 *
 * @param timeoutMs REQUEST_TIMED_OUT after that
 */
public record AwaitMetadata(long metadataOffset, int timeoutMs) {}
