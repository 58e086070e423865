package io.gofka.metadata;

import java.util.List;
import java.util.Optional;

/**
 * Finalize other levels of features (KIP-584, KIP-1022), all of them or none.
 *
 * <p>Refused for the first update that can't be done, with a message that names its feature:
 * INVALID_UPDATE_VERSION when the level isn't supported by all nodes, or needs another way,
 * FEATURE_UPDATE_FAILED, INVALID_REQUEST.
 *
 * @param validateOnly tell what would happen and change nothing
 */
public record UpdateFeatures(List<Update> updates, boolean validateOnly, int timeoutMs)
    implements Command<Void> {
  /** Which way a level may go. */
  public enum UpgradeType {
    UPGRADE(1),
    /** Down, unless what is stored in the new way would be lost. */
    SAFE_DOWNGRADE(2),
    /** Down, whatever is lost. */
    UNSAFE_DOWNGRADE(3);

    private final byte code;

    UpgradeType(int code) {
      this.code = (byte) code;
    }

    /** As Kafka's requests number it. */
    public byte code() {
      return code;
    }

    public static Optional<UpgradeType> of(byte code) {
      return List.of(values()).stream().filter(type -> type.code == code).findFirst();
    }
  }

  /**
   * @param level 0 switches the feature off
   */
  public record Update(String feature, short level, UpgradeType type) {}

  public UpdateFeatures {
    updates = List.copyOf(updates);
  }
}
