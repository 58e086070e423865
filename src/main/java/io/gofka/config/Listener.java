package io.gofka.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A place where clients are served, or that they are told to come to.
 *
 * @param name of the listener, which stands for a security protocol
 * @param host name or address; empty for all interfaces of this machine
 * @param port 0 to let the operating system choose one
 */
public record Listener(String name, String host, int port) {
  private static final Pattern FORM =
      Pattern.compile(
          "(?<name>[A-Za-z0-9_.-]+)://(?:\\[(?<v6>[0-9a-fA-F:.%]*)]|(?<host>[^:/\\[\\]]*)):(?<port>\\d{1,5})");

  static final String TEXT = "of NAME://host:port, each name and each port once";

  public Listener {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("no port: " + port);
    }
  }

  /**
   * Reads {@code PLAINTEXT://host:port} entries.
   *
   * @throws IllegalArgumentException when one has another form, or a name or port stands twice
   */
  static List<Listener> parse(List<?> entries) {
    List<Listener> listeners = new ArrayList<>();
    for (Object entry : entries) {
      Listener listener = parse((String) entry);
      for (Listener other : listeners) {
        boolean samePort = listener.port != 0 && listener.port == other.port;
        if (listener.name.equals(other.name) || samePort) {
          throw new IllegalArgumentException(listener + " collides with " + other);
        }
      }
      listeners.add(listener);
    }
    return List.copyOf(listeners);
  }

  /**
   * The ports in the text of a setting.
   *
   * @throws IllegalArgumentException when it is not allowed
   */
  public static Set<Integer> portsOf(String listeners) {
    return parse((List<?>) ConfigType.LIST.parse(listeners)).stream()
        .map(Listener::port)
        .collect(Collectors.toSet());
  }

  private static Listener parse(String entry) {
    Matcher matcher = FORM.matcher(entry);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not of the form NAME://host:port: " + entry);
    }
    String host = matcher.group("v6") == null ? matcher.group("host") : matcher.group("v6");
    String name = matcher.group("name").toUpperCase(Locale.ROOT);
    return new Listener(name, host, Integer.parseInt(matcher.group("port")));
  }

  /** Whether it means every interface of the machine, which nobody can connect to by that name. */
  public boolean anyInterface() {
    return host.isEmpty() || host.equals("0.0.0.0") || host.equals("::");
  }

  @Override
  public String toString() {
    return name + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  // Written out: linking the derived one is a noticeable part of the start of a node.
  @Override
  public boolean equals(Object other) {
    return other instanceof Listener that
        && name.equals(that.name)
        && host.equals(that.host)
        && port == that.port;
  }

  @Override
  public int hashCode() {
    return 31 * (31 * name.hashCode() + host.hashCode()) + port;
  }
}
