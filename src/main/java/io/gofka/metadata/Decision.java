package io.gofka.metadata;

import java.util.List;

/**
 * What the controller makes of a command: facts to agree on, and the answer that the asker gets
 * once they are committed.
 *
 * @param records empty when nothing changes
 */
public record Decision<R>(List<MetadataRecord> records, R reply) {
  public Decision {
    records = List.copyOf(records);
  }

  /** An answer that changes nothing. */
  public static <R> Decision<R> unchanged(R reply) {
    return new Decision<>(List.of(), reply);
  }
}
