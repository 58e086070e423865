package io.gofka.metadata;

/**
 * Something that the active controller is asked for. Commands are immutable records of this
 * package, and have a form in bytes (see {@code CommandCodec}) in which one node hands them to
 * another.
 *
 * @param <R> what it is answered with
 */
public interface Command<R> {}
