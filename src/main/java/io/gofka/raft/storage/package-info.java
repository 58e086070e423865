/**
 * What a controller has on disk, below {@code metadata/} in its data directory. Numbers are big
 * endian.
 *
 * <ul>
 *   <li>{@code <index>.entries}, 20 digits, named after the first entry in it: the eight bytes
 *       {@code GOFKARL2} (the digit is the version of the format), then entry after entry, each as
 *       {@link io.gofka.raft.storage.EntryFormat} says.
 *   <li>{@code flushed}: how far the entries are known to be on disk ({@link
 *       io.gofka.raft.storage.FlushMark}).
 *   <li>{@code vote}: term int64, whether there is a vote int8, and for whom: name, directory id.
 *   <li>{@code <index>.snapshot}, named after the last entry in it: index int64, term int64, the
 *       voters (length int32, then as {@link io.gofka.raft.VoterSet} says), and up to the end of
 *       the file the state.
 *   <li>{@code identity}: directory id, cluster id, standing int8 (0 new, 1 formed, 2 joined); for
 *       one that formed the quorum the first voters (length int32, then as above); the directories
 *       that it was formed with: count int32, then names and ids.
 * </ul>
 *
 * <p>The last three are replaced as a whole and begin with eight bytes that name them, a CRC-32C
 * and a length ({@link io.gofka.raft.storage.SealedFile}). Names are a length int32 and UTF-8, ids
 * two int64. A file {@code *.tmp} was being written when the node stopped, and counts for nothing.
 */
package io.gofka.raft.storage;
