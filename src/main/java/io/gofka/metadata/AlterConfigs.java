package io.gofka.metadata;

import io.gofka.common.ErrorCode;
import io.gofka.config.ConfigOp;
import io.gofka.config.ConfigResource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Change settings of resources, each resource as a whole or not at all. Answered with one {@link
 * Result} for each alteration, in the same order.
 *
 * @param validateOnly tell what would happen and change nothing
 */
public record AlterConfigs(List<Alteration> alterations, boolean validateOnly)
    implements Command<List<AlterConfigs.Result>> {
  /** What is wanted of one resource. */
  public sealed interface Alteration {
    ConfigResource resource();
  }

  /** Some settings are to change (KIP-339). */
  public record Change(ConfigResource resource, List<ConfigOp> operations) implements Alteration {
    public Change {
      operations = List.copyOf(operations);
    }
  }

  /**
   * The overrides are to be these and no others.
   *
   * @param overrides a value may be null, which is refused
   */
  public record Replacement(ConfigResource resource, Map<String, String> overrides)
      implements Alteration {
    public Replacement {
      overrides = Collections.unmodifiableMap(new TreeMap<>(overrides));
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
