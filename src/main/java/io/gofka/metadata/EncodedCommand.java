package io.gofka.metadata;

import io.netty.buffer.ByteBuf;

/**
 * A command on its way from one node to another.
 *
 * @param bytes the command's form in bytes, on the heap
 * @param principal in whose name, such as {@code User:alice}
 * @param timeoutMs how long the asker still waits
 */
public record EncodedCommand(ByteBuf bytes, String principal, int timeoutMs) {
  /**
   * The answer on its way back.
   *
   * @param bytes the reply's form in bytes, on the heap
   * @param metadataOffset see {@link CommandResult}
   */
  public record EncodedReply(ByteBuf bytes, long metadataOffset) {}
}
