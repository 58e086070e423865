package io.gofka.node;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * The definition of one of the node's own settings, as opposed to those that have a name in Kafka.
 *
 * @param defaultText what holds when nobody sets it; empty when nothing does, or when {@code
 *     documentation} tells what it follows from
 * @param allowed what may be written, for a person
 * @param parser reads a text, and throws IllegalArgumentException when it isn't allowed
 * @param noEffect why this release doesn't act on it; empty when it does
 */
public record NodeKey<T>(
    String name,
    Optional<String> defaultText,
    String allowed,
    Function<String, T> parser,
    String documentation,
    Optional<String> noEffect) {

  public NodeKey {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(parser, "parser");
  }

  boolean allows(String text) {
    try {
      return parser.apply(text) != null;
    } catch (IllegalArgumentException notAllowed) {
      return false;
    }
  }

  /** The environment variable that sets it. */
  public String environmentVariable() {
    return environmentVariable(name);
  }

  /** {@code server.node_id} becomes {@code SERVER_NODE_ID}. */
  static String environmentVariable(String name) {
    return name.toUpperCase(Locale.ROOT).replace('.', '_');
  }
}
