package io.gofka.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Await;
import io.gofka.system.process.BrokerFixture;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.ForkedProcess;
import io.gofka.system.process.ProcessStats;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What comes through real sockets from those who mean no good, to a broker with little memory,
 * while a good client goes on working. The bulk of hostile input is tried at the codec, without
 * sockets. {@code -Dgofka.hostile.seed=} and {@code -Dgofka.hostile.inputs=} run it otherwise.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@DisabledIf("io.gofka.system.process.Broker#testsApacheKafka")
class HostileInputIT {
  private static final int INPUTS = Integer.getInteger("gofka.hostile.inputs", 40_000);
  private static final int THREADS = 4;
  private static final int FRAME_LIMIT = 1024 * 1024;
  private static final long HEAP_GROWTH = 24L * 1024 * 1024;
  private static final long RESIDENT_LIMIT = 420L * 1024 * 1024;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @RegisterExtension
  static final BrokerFixture FIXTURE =
      new BrokerFixture(
          BrokerSettings.named("hostile")
              .withHeap("96m")
              .withJvmOption("-XX:MaxDirectMemorySize=64m")
              .with("socket.request.max.bytes", Integer.toString(FRAME_LIMIT))
              .with("queued.max.request.bytes", "16777216")
              .with("socket.send.buffer.bytes", "32768")
              .with("auto.create.topics.enable", "false"));

  private static GoodClient good;
  private static int socketsBefore;
  private static long heapBefore;

  @BeforeAll
  static void begin() throws Exception {
    try (var admin = KafkaClients.admin(FIXTURE.bootstrap())) {
      KafkaClients.createTopic(admin, "good");
      KafkaClients.createTopic(admin, "hostile-0");
      KafkaClients.send(FIXTURE.bootstrap(), new TopicPartition("good", 0), List.of("warm"));
    }
    heapBefore = liveHeapBytes(); // First: the tool opens a socket in the broker that stays.
    socketsBefore = sockets();
    good = new GoodClient(FIXTURE.bootstrap());
    good.start();
  }

  @AfterAll
  static void end() throws InterruptedException {
    good.close();
  }

  private static int sockets() {
    return ProcessStats.openSockets(FIXTURE.broker().pid());
  }

  /** Bytes of live objects, after a full collection. */
  private static long liveHeapBytes() {
    var result =
        ForkedProcess.run(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(FIXTURE.broker().pid()),
                "GC.class_histogram"),
            LIMIT);
    Matcher total = Pattern.compile("Total\\s+\\d+\\s+(\\d+)").matcher(result.out());
    assertTrue(total.find(), result::all);
    return Long.parseLong(total.group(1));
  }

  private static Socket connect() throws IOException {
    var socket = new Socket();
    socket.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), FIXTURE.broker().port()), 10_000);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) LIMIT.toMillis());
    return socket;
  }

  /** Whether the other side has ended the connection, with or without answers before. */
  private static boolean isClosedByBroker(Socket socket) {
    try {
      InputStream in = socket.getInputStream();
      while (in.read() >= 0) {
        // Answers to what came before.
      }
      return true;
    } catch (java.net.SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  private static byte[] sized(byte[] frame) {
    return ByteBuffer.allocate(4 + frame.length).putInt(frame.length).put(frame).array();
  }

  /** The ApiVersions request of version 0, answered by everybody at any time. */
  private static byte[] apiVersions(int correlationId) {
    return sized(
        ByteBuffer.allocate(10)
            .putShort(ApiKeys.API_VERSIONS.id)
            .putShort((short) 0)
            .putInt(correlationId)
            .putShort((short) -1)
            .array());
  }

  private static void assertAnswers(Socket socket, int correlationId) throws IOException {
    var in = new DataInputStream(socket.getInputStream());
    int size = in.readInt();
    assertEquals(correlationId, in.readInt());
    in.readNBytes(size - 4);
  }

  private static List<ApiKeys> servedApis() throws IOException {
    var apis = new ArrayList<ApiKeys>();
    try (var socket = connect()) {
      socket.getOutputStream().write(apiVersions(1));
      var in = new DataInputStream(socket.getInputStream());
      in.readInt();
      in.readInt();
      assertEquals(0, in.readShort());
      for (int count = in.readInt(); count > 0; count--) {
        apis.add(ApiKeys.forId(in.readShort()));
        in.readInt();
      }
    }
    return apis;
  }

  @Test
  @Order(1)
  void mutilatedRequestsOfEveryApiAndVersionHarmNobody() throws Exception {
    long seed = Long.getLong("gofka.hostile.seed", 20_261_122L);
    List<ApiKeys> apis = servedApis();
    assertTrue(apis.size() > 25, () -> "only " + apis);
    var sent = new AtomicInteger();
    var failures = new ArrayList<Throwable>();
    var attackers = new ArrayList<Thread>();
    for (int t = 0; t < THREADS; t++) {
      var frames = new HostileFrames(new Random(seed + t), apis);
      var random = new Random(seed * 31 + t);
      var attacker =
          new Thread(
              () -> {
                try {
                  while (sent.get() < INPUTS) {
                    attack(frames, random, sent);
                  }
                } catch (Throwable failure) {
                  synchronized (failures) {
                    failures.add(failure);
                  }
                }
              });
      attacker.start();
      attackers.add(attacker);
    }
    for (Thread attacker : attackers) {
      attacker.join();
    }
    failures.stream()
        .findAny()
        .ifPresent(
            failure -> {
              throw new AssertionError(failure);
            });
    assertTrue(FIXTURE.broker().isRunning());
    System.out.println(sent + " hostile frames through sockets, seed " + seed);
  }

  /** A few frames on one connection; then it goes, sometimes without looking at the answers. */
  private static void attack(HostileFrames frames, Random random, AtomicInteger sent)
      throws IOException {
    try (var socket = connect()) {
      if (random.nextBoolean()) {
        socket.setSoLinger(true, 0); // Ends with a reset.
      }
      for (int i = random.nextInt(6); i >= 0; i--) {
        socket.getOutputStream().write(frames.next());
        sent.incrementAndGet();
      }
      if (random.nextBoolean()) {
        socket.setSoTimeout(5);
        socket.getInputStream().read(new byte[4096]);
      }
    } catch (java.net.ConnectException refused) {
      throw refused; // The broker is gone.
    } catch (IOException closed) {
      // The broker ended the connection in between, or has no answer yet.
    }
  }

  @Test
  @Order(2)
  void sizesNobodyMayAnnounceEndTheConnection() throws Exception {
    for (int size : new int[] {Integer.MAX_VALUE, FRAME_LIMIT + 1, -1, Integer.MIN_VALUE, 0, 3}) {
      try (var socket = connect()) {
        socket
            .getOutputStream()
            .write(ByteBuffer.allocate(12).putInt(size).putLong(0x0012_0000_0000_0001L).array());
        assertTrue(isClosedByBroker(socket), "closed after size " + size);
      }
    }
  }

  @Test
  @Order(2)
  void otherProtocolsEndTheConnection() throws Exception {
    for (String hello :
        List.of(
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\u0016\u0003\u0001")) {
      try (var socket = connect()) {
        socket.getOutputStream().write(hello.getBytes(StandardCharsets.ISO_8859_1));
        socket.shutdownOutput();
        assertTrue(isClosedByBroker(socket), "closed after " + hello);
      }
    }
  }

  @Test
  @Order(2)
  void unknownApisEndTheConnectionAndUnknownApiVersionsAreTold() throws Exception {
    for (int key : new int[] {-1, 4, 999, Short.MAX_VALUE}) {
      try (var socket = connect()) {
        socket
            .getOutputStream()
            .write(
                sized(
                    ByteBuffer.allocate(10)
                        .putShort((short) key)
                        .putShort((short) 0)
                        .putInt(7)
                        .putShort((short) -1)
                        .array()));
        assertTrue(isClosedByBroker(socket), "closed after api " + key);
      }
    }
    try (var socket = connect()) {
      socket
          .getOutputStream()
          .write(
              sized(
                  ByteBuffer.allocate(10)
                      .putShort(ApiKeys.API_VERSIONS.id)
                      .putShort((short) 99)
                      .putInt(7)
                      .putShort((short) -1)
                      .array()));
      var in = new DataInputStream(socket.getInputStream());
      in.readInt();
      assertEquals(7, in.readInt());
      assertEquals(35, in.readShort(), "UNSUPPORTED_VERSION");
      assertEquals(1, in.readInt(), "and the range of ApiVersions itself");
      assertEquals(ApiKeys.API_VERSIONS.id, in.readShort());
      in.readInt();
      // The connection lives on.
      socket.getOutputStream().write(apiVersions(8));
      assertAnswers(socket, 8);
    }
  }

  @Test
  @Order(2)
  void requestThatComesByteByByteIsAnswered() throws Exception {
    try (var socket = connect()) {
      for (int correlationId = 0; correlationId < 5; correlationId++) {
        for (byte b : apiVersions(correlationId)) {
          socket.getOutputStream().write(b);
          socket.getOutputStream().flush();
        }
        assertAnswers(socket, correlationId);
      }
    }
  }

  @Test
  @Order(2)
  void manyRequestsInOneSegmentAreAnsweredInOrder() throws Exception {
    int count = 2_000;
    var all = ByteBuffer.allocate(count * 14);
    for (int i = 0; i < count; i++) {
      all.put(apiVersions(i));
    }
    try (var socket = connect()) {
      var writer =
          new Thread(
              () -> {
                try {
                  socket.getOutputStream().write(all.array());
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      writer.start();
      for (int i = 0; i < count; i++) {
        assertAnswers(socket, i);
      }
      writer.join();
    }
  }

  @Test
  @Order(2)
  void whoNeverReadsAnswersIsNoLongerReadFrom() throws Exception {
    byte[] request = apiVersions(1);
    var batch = ByteBuffer.allocate(request.length * 1_000);
    for (int i = 0; i < 1_000; i++) {
      batch.put(request);
    }
    var greedy = new ArrayList<SocketChannel>();
    try {
      for (int c = 0; c < 8; c++) {
        var channel =
            SocketChannel.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), FIXTURE.broker().port()));
        channel.configureBlocking(false);
        greedy.add(channel);
      }
      // Writes until no socket takes anything for a while: the broker has stopped reading.
      var idleSince = new AtomicLong(System.nanoTime());
      Await.until(
          "all greedy connections are held back",
          LIMIT,
          () -> {
            for (SocketChannel channel : greedy) {
              batch.clear();
              if (channel.write(batch) > 0) {
                idleSince.set(System.nanoTime());
              }
            }
            assertMemoryIsBounded();
            return System.nanoTime() - idleSince.get() > Duration.ofMillis(500).toNanos();
          });
      good.awaitProgress();
    } finally {
      for (SocketChannel channel : greedy) {
        channel.close();
      }
    }
  }

  @Test
  @Order(2)
  void announcedButUnsentBytesTakeNoMemory() throws Exception {
    var slow = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 400; i++) {
        var socket = connect();
        slow.add(socket);
        socket.getOutputStream().write(ByteBuffer.allocate(8).putInt(FRAME_LIMIT).array());
      }
      good.awaitProgress();
      assertMemoryIsBounded();
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  private static void assertMemoryIsBounded() {
    long resident = ProcessStats.residentBytes(FIXTURE.broker().pid());
    assertTrue(resident < RESIDENT_LIMIT, "resident: " + resident);
  }

  @Test
  @Order(3)
  void afterwardsTheGoodClientHasLostNothingAndTheBrokerIsAsItWas() throws Exception {
    assertMemoryIsBounded();
    good.awaitProgress();
    good.close();
    Await.until(
        () -> "sockets are closed: " + sockets() + ", at first " + socketsBefore,
        LIMIT,
        () -> sockets() <= socketsBefore);
    long heapAfter = liveHeapBytes();
    assertTrue(
        heapAfter < heapBefore + HEAP_GROWTH, "heap " + heapBefore + ", afterwards " + heapAfter);
    var partition = new TopicPartition("good", 0);
    try (var consumer = KafkaClients.consumer(FIXTURE.bootstrap(), Map.of())) {
      assertEquals(
          good.acknowledged() + 1L, consumer.endOffsets(List.of(partition)).get(partition));
    }
  }

  /** Sends one record after the other and reads each of them back. */
  private static final class GoodClient extends Thread {
    private final String bootstrap;
    private final AtomicInteger rounds = new AtomicInteger();
    private volatile boolean stopping;
    private volatile Throwable failure;

    GoodClient(String bootstrap) {
      super("good client");
      this.bootstrap = bootstrap;
    }

    @Override
    public void run() {
      var partition = new TopicPartition("good", 0);
      try (var producer = KafkaClients.producer(bootstrap, Map.of());
          var consumer = KafkaClients.consumer(bootstrap, Map.of())) {
        consumer.assign(List.of(partition));
        consumer.seekToEnd(List.of(partition));
        consumer.position(partition);
        for (int i = 0; !stopping; i++) {
          String value = "round " + i;
          producer.send(new ProducerRecord<>("good", 0, null, value)).get();
          List<ConsumerRecord<String, String>> records = KafkaClients.read(consumer, 1);
          assertEquals(List.of(value), KafkaClients.valuesOf(records));
          rounds.incrementAndGet();
        }
      } catch (Throwable unexpected) {
        failure = unexpected;
      }
    }

    int acknowledged() {
      return rounds.get();
    }

    void awaitProgress() {
      int target = rounds.get() + 20;
      Await.until(
          () -> "the good client goes on; it says " + failure,
          LIMIT,
          () -> {
            if (failure != null) {
              throw new AssertionError("the good client failed", failure);
            }
            return rounds.get() >= target;
          });
    }

    void close() throws InterruptedException {
      stopping = true;
      join(LIMIT.toMillis());
    }
  }
}
