package io.gofka.metadata.image;

/** The levels of a feature that a node can work with, both ends included. */
public record VersionRange(short min, short max) {
  public VersionRange {
    if (min < 0 || max < min) {
      throw new IllegalArgumentException("no range of levels: " + min + " to " + max);
    }
  }

  public boolean contains(short level) {
    return level >= min && level <= max;
  }

  @Override
  public String toString() {
    return min + "-" + max;
  }
}
