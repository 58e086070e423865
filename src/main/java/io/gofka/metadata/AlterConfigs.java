package io.gofka.metadata;

import io.gofka.common.ErrorCode;
import io.gofka.config.ConfigResource;
import java.util.List;
import java.util.Optional;

/**
 * Change settings of resources, each resource as a whole or not at all. Answered with one {@link
 * Result} for each alteration, in the same order.
 *
 * @param validateOnly tell what would happen and change nothing
 */
public record AlterConfigs(List<Alteration> alterations, boolean validateOnly) {
  /** What is done to a setting, with the code of the wire. */
  public enum Operation {
    SET,
    DELETE,
    /** Add items to a list, those that are not in it. */
    APPEND,
    /** Take items out of a list. */
    SUBTRACT;

    /** The operation with this wire code, empty when there is none. */
    public static Optional<Operation> of(byte code) {
      return code < 0 || code >= values().length ? Optional.empty() : Optional.of(values()[code]);
    }
  }

  /**
   * @param operation empty when the request named one that doesn't exist
   * @param value empty when there was none
   */
  public record Change(String key, Optional<Operation> operation, Optional<String> value) {}

  /**
   * @param replaceAll take away every override that no change names
   */
  public record Alteration(ConfigResource resource, List<Change> changes, boolean replaceAll) {
    public Alteration {
      changes = List.copyOf(changes);
    }
  }

  /**
   * @param message empty without error
   */
  public record Result(ConfigResource resource, ErrorCode error, Optional<String> message) {}

  public AlterConfigs {
    alterations = List.copyOf(alterations);
  }
}
