package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.log.ReadRecords.Form;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.LogRecord;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The power goes at every single call of the disk in turn, before it and after it, and takes what
 * was not synced: what was acknowledged under {@code gofka.durability=fsync}, or read by anybody,
 * is there afterwards. Producers then send again what they have no answer to, and in the end every
 * record is there once, in its producer's order.
 *
 * <p>A failing run is named by seed and call; {@code run(seed, call)} replays it; {@code
 * -Dgofka.group.commit.seeds=} makes it try more.
 */
class GroupCommitCrashTest {
  private static final int SEEDS = Integer.getInteger("gofka.group.commit.seeds", 2);
  private static final int PRODUCERS = 4;
  private static final int IN_FLIGHT = 5;
  private static final int BATCHES_OF_EACH = 8;

  /** Made once: making them under a watchful leak detector takes longer than all the rest. */
  private static final Map<String, byte[]> BATCHES = new HashMap<>();

  private static final int NEVER = Integer.MAX_VALUE;

  private static final TopicImage TOPIC = ShardFixture.topic("topic", 1);
  private static final TopicIdPartition PARTITION = TOPIC.partition(0);

  /** Small segments, so that rolls come in between. */
  private static final Map<String, String> SETTINGS =
      Map.of("gofka.durability", "fsync", "internal.segment.bytes", "900");

  /** An idempotent client: it has some batches in flight, and knows which were acknowledged. */
  private static final class Client {
    private final int id;
    private int nextSequence;
    private int acknowledged;

    Client(int id) {
      this.id = id;
    }

    int inFlight() {
      return nextSequence - acknowledged;
    }

    String value(int sequence) {
      return id + "/" + sequence;
    }
  }

  @Test
  void whatIsAcknowledgedIsThereWheneverThePowerGoes() throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      int calls = run(seed, NEVER);
      assertTrue(calls > 50, "the run has only " + calls + " calls of the disk");
      for (int call = 0; call < 2 * calls; call++) {
        run(seed, call);
      }
    }
  }

  /** The calls of the disk in a run; with a crash at call 2n before and 2n+1 after the n-th. */
  private static int run(long seed, int crashAt) throws IOException {
    try {
      Run run = new Run(seed, crashAt);
      run.run();
      return run.diskCalls;
    } catch (AssertionError | RuntimeException failure) {
      throw new AssertionError("run(" + seed + ", " + crashAt + ")", failure);
    }
  }

  /** One run, with its own disk. */
  private static final class Run {
    private final MemoryLogDisk memory = new MemoryLogDisk();
    private final List<Client> clients = new ArrayList<>();
    private final Map<Long, String> acknowledged = new HashMap<>();
    private final Random random;
    private int crashAt;
    private int diskCalls;
    private boolean powerIsOff;
    private long readUpTo;
    private final ShardFixture fixture = new ShardFixture(disk());
    private final ManualShardHost host = fixture.host();
    private LogShard shard;

    Run(long seed, int crashAt) {
      this.random = new Random(seed);
      this.crashAt = crashAt;
      for (int i = 0; i < PRODUCERS; i++) {
        clients.add(new Client(100 + i));
      }
    }

    void run() throws IOException {
      fixture.change(TOPIC, SETTINGS);
      start();
      goOn();
      if (powerIsOff) {
        memory.losePower(random);
        powerIsOff = false;
        crashAt = NEVER;
        start();
        checkAcknowledged();
        clients.forEach(this::sendAgain);
        goOn();
      }
      checkAcknowledged();
      checkEverythingIsThereOnce();
    }

    private void goOn() {
      while (!isDone() && !powerIsOff) {
        step();
      }
      if (!powerIsOff) {
        host.runAll();
      }
    }

    private boolean isDone() {
      return clients.stream().allMatch(client -> client.acknowledged == BATCHES_OF_EACH);
    }

    private void step() {
      Client client = clients.get(random.nextInt(clients.size()));
      switch (random.nextInt(6)) {
        case 0, 1, 2 -> {
          if (client.inFlight() < IN_FLIGHT && client.nextSequence < BATCHES_OF_EACH) {
            send(client, client.nextSequence++);
          }
        }
        case 3 -> {
          if (host.writes() > 0) {
            host.runWrite();
          }
        }
        case 4 -> {
          if (host.orderedWork() > 0) {
            host.runOrdered();
          }
        }
        default -> {
          host.endTurn();
          read();
        }
      }
    }

    private void start() throws IOException {
      fixture.start();
      shard = fixture.shard();
    }

    private void send(Client client, int sequence) {
      // On the heap: a process that dies gives nothing back.
      byte[] bytes =
          BATCHES.computeIfAbsent(client.value(sequence), any -> batch(client, sequence));
      ByteBuf records = Unpooled.wrappedBuffer(bytes.clone());
      shard
          .appends()
          .append(
              new AppendRecords(
                  List.of(new PartitionAppend(PARTITION, records)),
                  Origin.CLIENT,
                  (short) -1,
                  1000),
              results -> onAnswer(client, sequence, results.get(0)));
      records.release();
    }

    private static byte[] batch(Client client, int sequence) {
      ByteBuf built =
          Batches.produced(client.id, 0, sequence, ManualShardHost.NOW, client.value(sequence));
      byte[] bytes = ByteBufUtil.getBytes(built);
      built.release();
      return bytes;
    }

    private void onAnswer(Client client, int sequence, AppendResult result) {
      if (powerIsOff) {
        return; // It doesn't reach the client any more.
      }
      assertEquals(ErrorCode.NONE, result.error(), result.toString());
      if (sequence >= client.acknowledged) {
        assertEquals(client.acknowledged, sequence, "order of answers to " + client.id);
        client.acknowledged++;
      }
      String before = acknowledged.put(result.baseOffset(), client.value(sequence));
      assertTrue(before == null || before.equals(client.value(sequence)), "two at one offset");
    }

    private void sendAgain(Client client) {
      for (int sequence = client.acknowledged; sequence < client.nextSequence; sequence++) {
        send(client, sequence);
      }
    }

    /** What one reader has seen must never vanish, whether it was acknowledged or not. */
    private void read() {
      readUpTo = Math.max(readUpTo, log().highWatermark());
    }

    private PartitionLog log() {
      return shard.partition(PARTITION).orElseThrow().log();
    }

    private void checkAcknowledged() {
      List<String> values = values();
      assertTrue(values.size() >= readUpTo, "read up to " + readUpTo + ", there are " + values);
      acknowledged.forEach(
          (offset, value) -> {
            assertTrue(offset < values.size(), value + " at " + offset + " is lost, of " + values);
            assertEquals(value, values.get(offset.intValue()), "at " + offset);
          });
    }

    private void checkEverythingIsThereOnce() {
      List<String> values = values();
      for (Client client : clients) {
        List<String> expected = new ArrayList<>();
        for (int sequence = 0; sequence < BATCHES_OF_EACH; sequence++) {
          expected.add(client.value(sequence));
        }
        assertEquals(
            expected, values.stream().filter(value -> value.startsWith(client.id + "/")).toList());
      }
      assertEquals(PRODUCERS * BATCHES_OF_EACH, values.size());
    }

    private List<String> values() {
      List<String> values = new ArrayList<>();
      for (List<String> some = values(0); !some.isEmpty(); some = values(values.size())) {
        values.addAll(some);
      }
      return values;
    }

    private List<String> values(long offset) {
      List<ReadResult> results = new ArrayList<>();
      shard
          .reads()
          .read(
              new ReadRecords(
                  offset,
                  List.of(new PartitionRead(PARTITION, offset, 1 << 20, -1, -1)),
                  0,
                  1 << 20,
                  0,
                  IsolationLevel.READ_UNCOMMITTED,
                  Form.BUFFER),
              results::addAll);
      host.runAll();
      List<String> values = new ArrayList<>();
      ReadResult result = results.get(0);
      assertEquals(ErrorCode.NONE, result.error());
      if (result.records().part() instanceof ByteBuf bytes) {
        int at = bytes.readerIndex();
        while (at < bytes.writerIndex()) {
          RecordBatch batch = new RecordBatch(bytes, at);
          assertTrue(batch.crcMatches());
          try (RecordReader reader = new RecordReader(batch)) {
            while (reader.next()) {
              LogRecord each = reader.record();
              values.add(each.value().orElseThrow().toString(StandardCharsets.UTF_8));
            }
          }
          at += batch.sizeInBytes();
        }
        bytes.release();
      }
      return values;
    }

    // ---- the disk

    private LogDisk disk() {
      return Interruption.of(LogDisk.class, memory, this);
    }

    private void call(boolean after) throws IOException {
      if (2 * diskCalls + (after ? 1 : 0) == crashAt) {
        powerIsOff = true;
      }
      if (powerIsOff) {
        throw new IOException("the power is off");
      }
    }
  }

  /** Counts the calls that change something, and ends the process at one of them. */
  private static final class Interruption {
    static <T> T of(Class<T> type, T real, Run run) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (self, method, arguments) -> {
                boolean changes =
                    List.of("write", "sync", "syncFolder", "replace", "rename", "delete", "open")
                        .contains(method.getName());
                if (changes) {
                  run.call(false);
                }
                Object result;
                try {
                  result = method.invoke(real, arguments);
                } catch (InvocationTargetException failure) {
                  throw failure.getCause();
                }
                if (changes) {
                  run.call(true);
                  run.diskCalls++;
                }
                return result instanceof DiskFile file ? of(DiskFile.class, file, run) : result;
              }));
    }
  }
}
