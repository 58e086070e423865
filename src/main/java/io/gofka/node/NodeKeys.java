package io.gofka.node;

import io.gofka.common.HostPort;
import io.gofka.common.Role;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The node's own settings: their names, defaults, units and meanings at one place. Names are those
 * of the first Gofka, whose files are read as they stand.
 */
public final class NodeKeys {
  private static final String PUSHED = "leaders push to their followers, nobody fetches";
  private static final String NO_DASHBOARD = "this release has no dashboard yet";
  private static final String HOST_PORT = "host:port";
  private static final String POSITIVE_DURATION = Durations.TEXT + ", more than 0";

  static final NodeKey<String> NODE_ID =
      key(
          "server.node_id",
          null,
          "a name of up to 249 letters, digits, dots, underscores and dashes",
          NodeKeys::name,
          "Name of this node, by which other nodes know it. Without it, gofka- and the value of"
              + " server.id.");

  static final NodeKey<Integer> ID =
      key(
          "server.id",
          null,
          "a whole number from 0 to 2147483647",
          text -> number(text, 0, Integer.MAX_VALUE),
          "Number by which Kafka clients know this node, the same as kafka.node.id. Without it the"
              + " controllers give it one, which it keeps; a node without a name either is 1.");

  static final NodeKey<String> ADDRESS =
      key(
          "server.address",
          "localhost",
          "a host name or an address",
          NodeKeys::host,
          "Host name or address under which other nodes reach this one.");

  static final NodeKey<Integer> PORT =
      key(
          "server.port",
          "42069",
          "a port, from 0 to 65535",
          text -> number(text, 0, 65535),
          "Port on which nodes talk to each other; a controller without peers opens it only when"
              + " this or server.address is set. Kafka clients come to kafka.listeners.");

  static final NodeKey<Set<Role>> ROLES =
      key(
          "server.roles",
          "broker, controller",
          "a list of broker and controller",
          NodeKeys::roles,
          "What this node does: keep partitions for clients, agree with others on the metadata, or"
              + " both.");

  static final NodeKey<Path> DATA_DIR =
      key(
          "server.data_dir",
          "./data",
          "a path without commas",
          NodeKeys::path,
          "Folder for everything that this node keeps, apart from partitions when kafka.log.dirs"
              + " names folders for them; it is created when it isn't there. Otherwise the first"
              + " one of kafka.log.dirs.");

  static final NodeKey<Integer> MAX_RECONNECTION_RETRIES =
      key(
          "server.max_reconnection_retries",
          "10",
          "a whole number from 0 to 2147483647",
          text -> number(text, 0, Integer.MAX_VALUE),
          "How often a node tries to reach another one again before it reports it as gone; it goes"
              + " on trying after that.");

  static final NodeKey<Long> INITIAL_BACKOFF =
      duration(
          "server.initial_backoff",
          250,
          "Pause before the first of these tries; it doubles with each further one.");

  static final NodeKey<Map<String, HostPort>> PEERS =
      key(
          "server.cluster.peers",
          null,
          "node ids with their host:port, such as {gofka-1: localhost:42069}",
          NodeKeys::peers,
          "All controllers, by node id; for each of them the same. Those that are new form a quorum"
              + " when a majority is there. Without it a controller is a quorum of one. In the"
              + " environment: gofka-1=host:port,gofka-2=host:port.");

  static final NodeKey<Long> KRAFT_TIMEOUT =
      duration(
          "kraft.timeout",
          5_000,
          "Time without a heartbeat after which a broker is taken for dead; three fifths of it when"
              + " nobody answers at its address either.");

  static final NodeKey<Long> GRACE_PERIOD =
      duration(
          "kraft.grace_period",
          10_000,
          "Time that a new active controller waits before it takes a silent broker for dead.");

  static final NodeKey<List<HostPort>> CONTROLLER_ADDRESS =
      key(
          "broker.controller_address",
          null,
          "a list of host:port",
          NodeKeys::addresses,
          "Where a broker that is no controller finds one: one or several. Without it,"
              + " server.cluster.peers.");

  static final NodeKey<Long> HEARTBEAT_INTERVAL =
      duration("broker.heartbeat_interval", 250, "Time between two heartbeats of a broker.");

  static final NodeKey<Long> METADATA_INTERVAL =
      duration(
          "broker.metadata_interval",
          250,
          "Time after which a broker that has heard nothing asks for metadata.");

  static final NodeKey<Long> MAX_LAG_TIMEOUT =
      new NodeKey<>(
          "broker.max_lag_timeout",
          Optional.empty(),
          POSITIVE_DURATION,
          NodeKeys::positiveMs,
          "Time that a follower may lag before it counts as out of sync. The same as"
              + " kafka.replica.lag.time.max.ms, which holds without it.",
          Optional.empty());

  static final NodeKey<Long> REPLICA_FETCH_INTERVAL =
      duration(
          "broker.replica.fetch_interval",
          750,
          "Time after which a follower that has heard nothing asks its leader.",
          Optional.of(PUSHED));

  static final NodeKey<Long> JOINING_DURATION =
      key(
          "broker.consumer_group.joining_duration",
          null,
          Durations.TEXT,
          Durations::parseMs,
          "Time that an empty group waits for more members before it assigns partitions. The same"
              + " as kafka.group.initial.rebalance.delay.ms, which holds without it.");

  static final NodeKey<String> HTTP_ADDRESS =
      key(
          "http.address",
          "127.0.0.1",
          "a host name or an address",
          NodeKeys::host,
          "Address at which metrics and health are told over HTTP. Whoever reaches it may read"
              + " them.");

  static final NodeKey<Integer> HTTP_PORT =
      key(
          "http.port",
          null,
          "a port, from 0 to 65535, or -1 for no HTTP at all",
          text -> number(text, -1, 65535),
          "Port for /metrics (in Prometheus' format), /health/live and /health/ready. 0 takes one"
              + " that is free. Without it 8080, if nobody else has that.");

  static final NodeKey<Boolean> VISUALIZER_ENABLED =
      key(
          "visualizer.enabled",
          "false",
          "true or false",
          NodeKeys::bool,
          "Whether this node feeds the dashboard. Only false is accepted so far.");

  static final NodeKey<HostPort> VISUALIZER_ADDRESS =
      key(
          "visualizer.address",
          null,
          HOST_PORT,
          HostPort::parse,
          "Where the dashboard is.",
          NO_DASHBOARD);

  /** All of them, in the order of the sample files. */
  public static final List<NodeKey<?>> ALL =
      List.of(
          NODE_ID,
          ID,
          ROLES,
          DATA_DIR,
          ADDRESS,
          PORT,
          MAX_RECONNECTION_RETRIES,
          INITIAL_BACKOFF,
          PEERS,
          KRAFT_TIMEOUT,
          GRACE_PERIOD,
          CONTROLLER_ADDRESS,
          HEARTBEAT_INTERVAL,
          METADATA_INTERVAL,
          MAX_LAG_TIMEOUT,
          REPLICA_FETCH_INTERVAL,
          JOINING_DURATION,
          HTTP_ADDRESS,
          HTTP_PORT,
          VISUALIZER_ENABLED,
          VISUALIZER_ADDRESS);

  private NodeKeys() {}

  private static <T> NodeKey<T> key(
      String name,
      String defaultText,
      String allowed,
      Function<String, T> parser,
      String documentation) {
    return new NodeKey<>(
        name, Optional.ofNullable(defaultText), allowed, parser, documentation, Optional.empty());
  }

  private static <T> NodeKey<T> key(
      String name,
      String defaultText,
      String allowed,
      Function<String, T> parser,
      String documentation,
      String noEffect) {
    return new NodeKey<>(
        name,
        Optional.ofNullable(defaultText),
        allowed,
        parser,
        documentation,
        Optional.of(noEffect));
  }

  private static NodeKey<Long> duration(String name, long defaultMs, String documentation) {
    return duration(name, defaultMs, documentation, Optional.empty());
  }

  private static NodeKey<Long> duration(
      String name, long defaultMs, String documentation, Optional<String> noEffect) {
    return new NodeKey<>(
        name,
        Optional.of(Durations.format(defaultMs)),
        POSITIVE_DURATION,
        NodeKeys::positiveMs,
        documentation,
        noEffect);
  }

  private static String name(String text) {
    return matching(text, "[A-Za-z0-9._-]{1,249}");
  }

  private static String host(String text) {
    return matching(text, "[A-Za-z0-9._-]{1,255}|[0-9a-fA-F:.%]{2,64}");
  }

  private static String matching(String text, String form) {
    if (!text.matches(form)) {
      throw new IllegalArgumentException("not of the form " + form + ": " + text);
    }
    return text;
  }

  private static int number(String text, int least, int most) {
    int number = Integer.parseInt(text);
    if (number < least || number > most) {
      throw new IllegalArgumentException("not from " + least + " to " + most + ": " + text);
    }
    return number;
  }

  private static long positiveMs(String text) {
    long ms = Durations.parseMs(text);
    if (ms == 0) {
      throw new IllegalArgumentException("no time at all: " + text);
    }
    return ms;
  }

  private static boolean bool(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("neither true nor false: " + text);
    };
  }

  private static Path path(String text) {
    try {
      if (text.isEmpty() || text.indexOf(',') >= 0) {
        throw new IllegalArgumentException("no path, or several");
      }
      return Path.of(text);
    } catch (InvalidPathException noPath) {
      throw new IllegalArgumentException(noPath.getMessage(), noPath);
    }
  }

  private static Set<Role> roles(String text) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String role : text.split(",", -1)) {
      roles.add(Role.valueOf(role.trim().toUpperCase(Locale.ROOT)));
    }
    return roles;
  }

  private static List<HostPort> addresses(String text) {
    return Arrays.stream(text.split(",", -1)).map(HostPort::parse).distinct().toList();
  }

  private static Map<String, HostPort> peers(String text) {
    Map<String, HostPort> peers = new LinkedHashMap<>();
    for (String entry : text.split(",", -1)) {
      int separator = entry.indexOf('=');
      if (separator < 0) {
        throw new IllegalArgumentException("not of the form id=host:port: " + entry);
      }
      String id = name(entry.substring(0, separator).trim());
      if (peers.put(id, HostPort.parse(entry.substring(separator + 1))) != null) {
        throw new IllegalArgumentException(id + " stands twice");
      }
    }
    return peers;
  }
}
