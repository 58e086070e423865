package io.gofka.node;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration is not accepted; the message has all that is wrong with it, a line each. */
public final class ConfigMistakesException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Mistake> mistakes;

  public ConfigMistakesException(List<Mistake> mistakes) {
    super(message(mistakes), null, false, false);
    this.mistakes = List.copyOf(mistakes);
  }

  public List<Mistake> mistakes() {
    return mistakes;
  }

  private static String message(List<Mistake> mistakes) {
    String heading =
        mistakes.size() == 1
            ? "The configuration has a mistake:"
            : "The configuration has " + mistakes.size() + " mistakes:";
    return mistakes.stream()
        .map(mistake -> "\n  " + mistake.message())
        .collect(Collectors.joining("", heading, ""));
  }
}
