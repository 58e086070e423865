package io.gofka.system.process;

import java.nio.file.Path;

/** A broker in a process of its own: it can be killed and started again on the same data. */
public interface Broker extends AutoCloseable {

  /** {@code host:port} that clients start from; the same after every start. */
  String bootstrap();

  int port();

  /** The folder below which partitions lie as {@code topic-N}. */
  Path dataDir();

  /** The process id of the current start. */
  long pid();

  /** All that the process has written since the first start. */
  String log();

  boolean isRunning();

  /** Does what has to be done once before the first start, so that it takes no part in that. */
  void prepare();

  /** Starts the process and does not wait. */
  void launch();

  /** Starts the process and waits until it says that it is ready. */
  void start();

  /** Waits until the process that was launched says that it is ready. */
  void awaitReady();

  /** {@code kill -9}. */
  void kill();

  /** SIGSTOP: it lives and does nothing, as in a long garbage collection. */
  void pause();

  /** SIGCONT. */
  void resume();

  /** SIGTERM, and does not wait. */
  void terminate();

  /** SIGTERM, and waits for a good end. */
  void stop();

  /** Stops the broker when it runs, examines its log, and removes its data when all was well. */
  @Override
  void close();

  /**
   * The broker the tests are about, or with {@code -Dgofka.peer=kafka} Apache Kafka, which shows
   * whether a test asks for what Kafka does.
   */
  static Broker create(BrokerSettings settings) {
    return testsApacheKafka() ? new ApacheKafkaProcess(settings) : new GofkaProcess(settings);
  }

  /** Whether these tests run against Apache Kafka. */
  static boolean testsApacheKafka() {
    return "kafka".equals(System.getProperty("gofka.peer"));
  }
}
