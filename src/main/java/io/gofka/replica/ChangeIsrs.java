package io.gofka.replica;

import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.PartitionImage;
import java.util.List;
import java.util.Optional;

/**
 * Leaders of this broker want other ISRs; asked of the active controller under the broker's present
 * epoch. Answered with one {@link Result} for each change, in the same order. When it fails, with
 * whatever error, nobody knows whether the changes have been made.
 */
public record ChangeIsrs(List<IsrChange> changes) {
  /**
   * What became of one change.
   *
   * @param error NONE when the controllers have agreed; any other: they certainly have not, and
   *     never will on behalf of this request
   * @param state the partition as it then is, on success
   */
  public record Result(ErrorCode error, Optional<PartitionImage> state) {}

  public ChangeIsrs {
    changes = List.copyOf(changes);
  }
}
