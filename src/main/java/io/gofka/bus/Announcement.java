package io.gofka.bus;

import java.util.Objects;

/**
 * Where something that has happened is told to whoever listens; nobody answers.
 *
 * @param <T> what has happened
 */
@SuppressWarnings("UnusedTypeParameter") // It binds who announces to who listens.
public record Announcement<T>(String name) {
  public Announcement {
    Objects.requireNonNull(name, "name");
  }
}
