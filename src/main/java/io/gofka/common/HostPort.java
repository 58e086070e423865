package io.gofka.common;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a node is reached, written {@code host:port} or {@code [ipv6]:port}. */
public record HostPort(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(?:\\[(?<v6>[0-9a-fA-F:.%]+)]|(?<host>[^:/\\[\\]\\s]+)):(?<port>\\d{1,5})");

  public HostPort {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("no port: " + port);
    }
  }

  /**
   * @throws IllegalArgumentException when the text has another form
   */
  public static HostPort parse(String text) {
    Matcher matcher = FORM.matcher(text.trim());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not of the form host:port: " + text);
    }
    String host = matcher.group("v6") == null ? matcher.group("host") : matcher.group("v6");
    return new HostPort(host, Integer.parseInt(matcher.group("port")));
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  // Written out: linking the derived one is a noticeable part of the start of a node.
  @Override
  public boolean equals(Object other) {
    return other instanceof HostPort that && host.equals(that.host) && port == that.port;
  }

  @Override
  public int hashCode() {
    return 31 * host.hashCode() + port;
  }
}
