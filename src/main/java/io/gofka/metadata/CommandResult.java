package io.gofka.metadata;

/**
 * What a command was answered with.
 *
 * @param reply null when there is nothing to say
 * @param metadataOffset of the entry that the answer rests on: an image that has reached it shows
 *     what the command has done
 */
public record CommandResult<R>(R reply, long metadataOffset) {}
