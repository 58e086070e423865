package io.gofka.group;

import java.util.List;

/** What the owner of a {@link GroupCoordinator} has to do, in the order given. */
sealed interface Effect {
  /**
   * The request with this id is answered.
   *
   * @param reply of the type that the request's address promises
   */
  record Answer(long requestId, Object reply) implements Effect {}

  /**
   * These records go to the log, after those of earlier appends and all in one batch. What came of
   * it is told with {@link GroupCoordinator#onAppended} or {@link
   * GroupCoordinator#onAppendRefused}, in the order of the write ids.
   */
  record Append(long writeId, List<GroupRecord> records) implements Effect {
    public Append {
      records = List.copyOf(records);
    }
  }

  /** Something that people who look after the group want to read in the log. */
  record Report(String line) implements Effect {}
}
