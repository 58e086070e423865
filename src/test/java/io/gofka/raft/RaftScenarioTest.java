package io.gofka.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Plays the scenarios beside this class: commands, and below each the trace expected of it,
 * indented. Run with {@code -Dgofka.rewrite=true} to write the traces anew; the difference is to be
 * reviewed.
 *
 * <p>Commands ({@code leader} stands for the name of the node that leads now):
 *
 * <pre>
 * quorum a b c            these form the quorum; nothing runs yet
 * keep 3                  entries that stay in front of a snapshot; before anything runs
 * join d                  a node with an empty disk that knows the others by name; runs
 * start                   starts all that don't run
 * crash a [n]             the node dies; of what it was writing, n writes are on its disk
 * wipe a                  its disk is emptied (it must not run)
 * disk a hang|go          its writes wait, or go on
 * cut a b, cut a>b, heal  no messages between two, in one direction, or all again
 * unreachable a           all that run are told that the process of a is gone
 * run 500                 milliseconds
 * await leader            until one leads whose process runs
 * await applied           until all that run have delivered the same, and everything
 * propose a text ...      one entry for each word
 * snapshot a              of everything that it has delivered
 * add d, remove c         changes of the voters, asked of the leader; d is a node's name
 * transfer [b]            the leader hands over
 * read a                  asks a for a linearizable read
 * show                    role, term, leader and log of all
 * messages on|off         whether messages stand in the trace
 * </pre>
 */
class RaftScenarioTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/io/gofka/raft");
  private static final boolean REWRITE = Boolean.getBoolean("gofka.rewrite");
  private static final long PATIENCE_MS = 20 * RaftWorld.TIMEOUT_MS;

  @TestFactory
  List<DynamicTest> scenarios() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files
          .filter(file -> file.toString().endsWith(".txt"))
          .sorted()
          .map(file -> DynamicTest.dynamicTest(name(file), () -> play(file)))
          .toList();
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName()).replace(".txt", "");
  }

  private static void play(Path file) throws IOException {
    String expected = Files.readString(file);
    String actual = new Player().play(expected.lines().toList());
    if (REWRITE) {
      Files.writeString(file, actual);
    } else {
      assertEquals(expected, actual);
    }
  }

  private static final class Player {
    private final RaftWorld world = new RaftWorld(1);
    private final List<String> trace = new ArrayList<>();
    private long changes;

    Player() {
      world.listener = trace::add;
    }

    String play(List<String> lines) {
      StringBuilder out = new StringBuilder();
      for (String line : lines) {
        if (line.startsWith("  ")) {
          continue; // An expectation: written anew below.
        }
        out.append(line).append('\n');
        if (!line.isBlank() && !line.startsWith("#")) {
          perform(line.trim().split("\\s+"));
          trace.forEach(told -> out.append("  ").append(told).append('\n'));
          trace.clear();
        }
      }
      return out.toString();
    }

    private void perform(String[] words) {
      List<String> names = new ArrayList<>(List.of(words).subList(1, words.length));
      switch (words[0]) {
        case "quorum" -> world.quorum(names.toArray(new String[0]));
        case "keep" -> keep(Integer.parseInt(names.get(0)));
        case "join" -> world.joining(names.get(0)).start();
        case "start" -> world.startAll();
        case "crash" ->
            node(names.get(0)).crash(names.size() > 1 ? Integer.parseInt(names.get(1)) : 0);
        case "wipe" -> node(names.get(0)).wipe();
        case "disk" -> disk(node(names.get(0)), names.get(1));
        case "cut" -> cut(names);
        case "heal" -> world.cuts.clear();
        case "unreachable" -> unreachable(names.get(0));
        case "run" -> world.run(Long.parseLong(names.get(0)));
        case "await" -> await(names.get(0));
        case "propose" -> propose(names);
        case "snapshot" -> world.snapshot(node(names.get(0)).name);
        case "add" -> {
          RaftWorld.Node leader = node("leader");
          leader.perform(leader.core.addVoter(++changes, node(names.get(0)).key(), world.nowMs));
        }
        case "remove" -> {
          RaftWorld.Node leader = node("leader");
          leader.perform(
              leader.core.removeVoter(
                  ++changes, node(names.get(0)).name, Optional.empty(), world.nowMs));
        }
        case "transfer" -> {
          RaftWorld.Node leader = node("leader");
          leader.perform(leader.core.transferLeadership(names.stream().findFirst(), world.nowMs));
        }
        case "read" -> {
          RaftWorld.Node asked = node(names.get(0));
          asked.perform(asked.core.requestRead(++changes, world.nowMs));
        }
        case "show" -> world.nodes.values().forEach(this::show);
        case "messages" -> world.tellMessages = names.get(0).equals("on");
        default -> throw new IllegalArgumentException("no command " + words[0]);
      }
    }

    private void keep(int entries) {
      world.settings =
          key ->
              new RaftSettings(
                  key,
                  RaftWorld.address(key.nodeId()),
                  RaftWorld.TIMEOUT_MS,
                  RaftWorld.HEARTBEAT_MS,
                  1 << 20,
                  64,
                  8, // Bytes in a chunk: even a small snapshot takes several.
                  1 << 20,
                  entries,
                  1000,
                  1 << 20,
                  100,
                  64,
                  10_000);
    }

    private RaftWorld.Node node(String name) {
      return name.equals("leader") ? world.leader().orElseThrow() : world.node(name);
    }

    private void disk(RaftWorld.Node node, String how) {
      node.diskHangs = how.equals("hang");
      for (int waiting = node.writing.size(); waiting > 0; waiting--) {
        node.flush();
      }
    }

    private void cut(List<String> names) {
      if (names.size() == 1) {
        world.cuts.add(names.get(0));
      } else {
        String a = node(names.get(0)).name;
        String b = node(names.get(1)).name;
        world.cuts.add(a + ">" + b);
        world.cuts.add(b + ">" + a);
      }
    }

    private void unreachable(String name) {
      for (RaftWorld.Node other : world.nodes.values()) {
        if (other.up() && !other.name.equals(name)) {
          other.perform(other.core.onPeerUnreachable(name, world.nowMs));
        }
      }
    }

    private void await(String what) {
      long startMs = world.nowMs;
      BooleanSupplier condition =
          what.equals("leader") ? () -> world.leader().isPresent() : this::allApplied;
      if (!world.runUntil(condition, PATIENCE_MS)) {
        throw new AssertionError("no " + what + " within " + PATIENCE_MS + " ms: " + trace);
      }
      trace.add("after " + (world.nowMs - startMs) + " ms");
    }

    private boolean allApplied() {
      long last = world.history.isEmpty() ? -1 : world.history.lastKey();
      return world.nodes.values().stream()
          .filter(RaftWorld.Node::up)
          .allMatch(node -> node.appliedIndex == last && node.core.nextIndex() == last + 1);
    }

    private void propose(List<String> words) {
      String name = node(words.get(0)).name;
      for (String text : words.subList(1, words.size())) {
        world.propose(name, text);
      }
    }

    private void show(RaftWorld.Node node) {
      if (!node.up()) {
        trace.add(node.name + " doesn't run");
        return;
      }
      QuorumState state = node.state();
      trace.add(
          "%s %s term=%d leader=%s log=%d..%d committed=%d voters=%s"
              .formatted(
                  node.name,
                  state.role(),
                  state.term(),
                  state.leaderNodeId(),
                  state.logStartIndex(),
                  state.logEndIndex() - 1,
                  state.highWatermark() - 1,
                  RaftWorld.describe(state.voters())));
    }
  }
}
