package io.gofka.replica;

/**
 * The stream to another broker is there, or gone. Of a stream that is replaced, both is told.
 *
 * @param brokerId the broker at the other end
 * @param leading whether that one leads the partitions of the stream; else it follows them
 * @param up whether messages can be sent
 */
public record StreamChanged(int brokerId, boolean leading, boolean up) {}
