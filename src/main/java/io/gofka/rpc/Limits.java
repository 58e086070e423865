package io.gofka.rpc;

/** The bounds of what nodes send each other. */
final class Limits {
  /** The protocol that is spoken here, and the oldest one that is understood. */
  static final int VERSION = 1;

  static final int LEAST_VERSION = 1;

  /**
   * No message is larger. The largest entry of the metadata log has 16 MiB, and an append that has
   * nothing but this one is a little more.
   */
  static final int MAX_MESSAGE_BYTES = 18 * 1024 * 1024;

  /** The same for who hasn't said yet who he is. */
  static final int MAX_GREETING_BYTES = 64 * 1024;

  /** What may be on its way to somebody who has said who he is, for bulk data. */
  static final int WINDOW_BYTES = 16 * 1024 * 1024;

  /** The same for one stream of the connection. */
  static final int STREAM_WINDOW_BYTES = 8 * 1024 * 1024;

  static final int MAX_FRAME_BYTES = 256 * 1024;

  static final int MAX_HEADER_BYTES = 8 * 1024;

  /** Connections that a node accepts. */
  static final int MAX_CONNECTIONS = 512;

  static final int MAX_STREAMS_PER_CONNECTION = 1024;

  /** Commands of a node that may be on their way to the active controller at a time. */
  static final int MAX_FORWARDED_COMMANDS = 512;

  /** Messages that may wait until a peer takes them; the next one is dropped. */
  static final int MAX_QUEUED_MESSAGES = 4096;

  /** The same in bytes of payload, unless a single message has more. */
  static final long MAX_QUEUED_BYTES = 32L * 1024 * 1024;

  /** Within this time a connection stands or doesn't. */
  static final int CONNECT_TIMEOUT_MS = 2_000;

  /** Within this time the other side has answered the greeting. */
  static final int HELLO_TIMEOUT_MS = 2_000;

  /** Within this time whoever connects here has said who he is. */
  static final int GREETING_TIMEOUT_MS = 5_000;

  /** How often a connection is asked whether it still works. */
  static final int PING_INTERVAL_MS = 1_000;

  /** An answer that takes longer means that it doesn't. */
  static final int PING_TIMEOUT_MS = 2_000;

  /** A connection on which nothing has come in for this long is closed: the other side pings. */
  static final int IDLE_TIMEOUT_MS = 6_000;

  /** No pause between two tries to reach a node is longer. */
  static final int MAX_BACKOFF_MS = 2_000;

  /** Bulk connections that nobody has used for this long are closed. */
  static final int BULK_IDLE_MS = 30_000;

  /** Entries that a node keeps for those who follow its metadata, in bytes of payload. */
  static final long MAX_FEED_BYTES = 16L * 1024 * 1024;

  /** The same in entries. */
  static final int MAX_FEED_ENTRIES = 50_000;

  /** Payload in one frame of metadata, unless a single entry has more. */
  static final int METADATA_FRAME_BYTES = 256 * 1024;

  /** A snapshot of metadata that is larger is not believed. */
  static final long MAX_SNAPSHOT_BYTES = 1024L * 1024 * 1024;

  /**
   * No frame between replicas is larger. A record batch is never divided, and one may be as large
   * as the largest request that a broker takes.
   */
  static final int MAX_REPLICA_FRAME_BYTES = 256 * 1024 * 1024;

  /**
   * Bytes from a leader that its followers' shards haven't taken yet; no more is read before they
   * have. What HTTP/2 lets the other side send comes on top.
   */
  static final long MAX_UNTAKEN_BYTES = 4L * 1024 * 1024;

  /** The same in frames, and also for what followers say to a leader. */
  static final int MAX_UNTAKEN_FRAMES = 256;

  /**
   * Bytes for a follower that its stream hasn't taken: shards have less on their way, unless one
   * record batch is larger. Whoever lets more gather loses the stream.
   */
  static final long MAX_UNSENT_BYTES = 512L * 1024 * 1024;

  /** No pause between two tries to follow a leader is longer. */
  static final int MAX_REPLICA_BACKOFF_MS = 1_000;

  /** The first of these pauses. */
  static final int REPLICA_BACKOFF_MS = 100;

  /** A stream to a broker that leads nothing any more is kept so long, in case it does again. */
  static final int REPLICA_LINGER_MS = 3_000;

  private Limits() {}
}
