package io.gofka.log.compact;

/**
 * The last offset of each key of a part of a log, in a fixed amount of memory.
 *
 * <p>Open addressing over 128 bits of a hash of the key; the keys themselves are not kept. Two keys
 * with the same 128 bits would be taken for one, and the older's record would be lost. That can't
 * matter: among 2³² keys, more than any map holds, the chance that any two collide is below 2⁻⁶⁴,
 * far less than that of the memory flipping a bit; and nobody can make collisions on purpose,
 * because the hash is keyed with random bits that never leave the process.
 *
 * <p>One thread.
 */
public final class OffsetMap {
  /** Two words of hash, one of the offset. */
  public static final int SLOT_BYTES = 24;

  private static final int SLOT_WORDS = 3;
  private static final int MAX_SLOTS = (Integer.MAX_VALUE - 8) / SLOT_WORDS;

  private final KeyHash hash;
  private final int slots;
  private final int maxKeys;
  private final long[] table;
  private int size;

  /**
   * A map of at most {@code memoryBytes}, and not larger than {@code keys} different keys need.
   *
   * @param loadFactor how full it may get, above 0 to 1
   * @param k0 with {@code k1} the secret key of the hash: random bits
   */
  public OffsetMap(long memoryBytes, long keys, double loadFactor, long k0, long k1) {
    double load = Math.max(loadFactor, 0.01);
    long wanted = (long) (keys / load) + 2;
    long affordable = Math.min(memoryBytes / SLOT_BYTES, MAX_SLOTS);
    this.slots = (int) Math.max(2, Math.min(wanted, affordable));
    this.maxKeys = (int) Math.max(1, Math.min(slots - 1L, (long) (slots * load)));
    this.table = new long[slots * SLOT_WORDS];
    this.hash = new KeyHash(k0, k1);
  }

  /** Keys that it holds. */
  public int size() {
    return size;
  }

  /** Keys that it can hold. */
  public int maxKeys() {
    return maxKeys;
  }

  /**
   * Notes the offset of a key; the last call for a key counts.
   *
   * @return false, and nothing has changed, when the key is a new one and the map is full
   */
  public boolean put(byte[] bytes, int from, int length, long offset) {
    int slot = find(bytes, from, length);
    if (table[slot + 2] == 0) {
      if (size == maxKeys) {
        return false;
      }
      size++;
      table[slot] = hash.low();
      table[slot + 1] = hash.high();
    }
    table[slot + 2] = offset + 1; // 0 stands for a free slot.
    return true;
  }

  /** The offset of a key, -1 when it isn't there. */
  public long get(byte[] bytes, int from, int length) {
    return table[find(bytes, from, length) + 2] - 1;
  }

  /** The slot of the key, or the free one where it belongs: one slot always stays free. */
  private int find(byte[] bytes, int from, int length) {
    hash.hash(bytes, from, length);
    long low = hash.low();
    long high = hash.high();
    int slot = (int) (((low >>> 32) * slots) >>> 32);
    while (true) {
      int at = slot * SLOT_WORDS;
      if (table[at + 2] == 0 || (table[at] == low && table[at + 1] == high)) {
        return at;
      }
      slot = slot + 1 == slots ? 0 : slot + 1;
    }
  }
}
