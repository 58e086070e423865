package io.gofka.log;

import java.util.List;
import java.util.Optional;

/**
 * How a log directory does, as far as one shard is concerned.
 *
 * @param directory as configured, absolute
 * @param failure why it can't be used; empty when it can
 * @param partitions of the shard that lie in it, whatever their state
 * @param writesRefused how many of them take no writes, while their records can be read
 * @param offline how many of them serve nothing
 */
public record LogDirState(
    String directory, Optional<String> failure, int partitions, int writesRefused, int offline) {

  /**
   * Nothing can be stored any more, nor will be: the node should stop.
   *
   * @param why a sentence for people
   */
  public record AllBroken(String why) {}

  /** The directories of one shard, those that were offline at the start last. */
  public record Changed(int shard, List<LogDirState> directories) {
    public Changed {
      directories = List.copyOf(directories);
    }
  }
}
