/**
 * The logs of partitions: what lies on disk, who may append, what can be read.
 *
 * <p>{@link io.gofka.log.LogShardVerticle} runs one {@code LogShard} on a data loop. The shard owns
 * a part of the partitions; {@code ShardAppends}, {@code ShardReads} and {@code ShardQueries} serve
 * its addresses, {@code ShardWork} is what it leaves to its two workers. A {@code PartitionLog} is
 * one partition: it decides offsets, segments and ages, and hands out as a {@code Chore} whatever
 * has to wait for the disk. {@code LogRecovery} opens one. {@link io.gofka.log.LogCleanerVerticle}
 * has the logs of all shards compacted; {@code ShardCleaning} goes through the steps of that,
 * {@code LogCleaning} is the work itself, and what it decides is in {@code io.gofka.log.compact}.
 *
 * <p>Who leads a partition and who follows is taken from the image by {@code ShardReplication}.
 * What that means is decided in {@code io.gofka.replica}; {@code ShardLeading} and {@code
 * ShardFollowing} carry it out, {@code ShardPush} brings the leader's records to the followers,
 * {@code CopyAppends} puts them into a follower's log and {@code LogCuts} takes off what the leader
 * doesn't have. A partition with one replica is committed where it is written; nothing of this is
 * in its way.
 *
 * <h2>On disk</h2>
 *
 * <p>A partition is a folder {@code topic-N} of the log directory; it is made with the first
 * record.
 *
 * <table>
 *   <caption>Files of a partition</caption>
 *   <tr><td>{@code <base offset, 20 digits>.log}</td>
 *       <td>a segment: record batches (magic 2) exactly as Kafka writes them</td></tr>
 *   <tr><td>{@code <base offset>.gidx}</td>
 *       <td>its index and its aborted transactions, see {@code IndexFile}; written when the segment is complete, at a clean stop,
 *           and as the recovery point of the segment written to moves on</td></tr>
 *   <tr><td>{@code <offset>.producers}</td>
 *       <td>state of producers and open transactions before that offset, see {@code
 *           ProducerSnapshot}; the newest two are kept</td></tr>
 *   <tr><td>{@code leader-epoch-checkpoint}</td><td>as Kafka's, with a stamp: see {@code LeaderEpochs}</td></tr>
 *   <tr><td>{@code log-start-offset}</td>
 *       <td>decimal, with a stamp; as soon as anything was deleted, and before its files
 *           go</td></tr>
 *   <tr><td>{@code partition.metadata}</td><td>as Kafka's: the topic's id; with a stamp</td></tr>
 *   <tr><td>{@code *.deleted}</td>
 *       <td>segments that go after {@code file.delete.delay.ms}, or at the next start</td></tr>
 *   <tr><td>{@code cleaner-offset}</td>
 *       <td>two decimals, with a stamp: each key below the first is there once; segments that begin
 *           below the second may have gaps, see {@code CleanerCheckpoint}</td></tr>
 *   <tr><td>{@code *.cleaned}, {@code <base offset>.swap}</td>
 *       <td>a segment with its index that compaction has made, and which segments it replaces: see
 *           below</td></tr>
 *   <tr><td>{@code *.damaged}</td>
 *       <td>segments that recovery could not make part of the log; for people</td></tr>
 * </table>
 *
 * <p>Beside the folders, {@code replication-offset-checkpoint} has the high watermarks as they were
 * a few seconds ago, as Kafka's; each shard but the first has one with its number at the end.
 *
 * <p>The transactions that a marker in a segment has aborted stand in that segment's index file, so
 * that they come and go with it, are found damaged with it, and cost nothing where there are none.
 * They are read alone, when somebody reads committed records; {@code AbortedRebuild} makes them
 * anew.
 *
 * <p>A folder {@code *.<id>-delete} belongs to a deleted partition and is removed at the start; a
 * folder {@code *.<id>-stray} to none that this broker knows, and is never touched. A folder {@code
 * *.<id>-future} is the unfinished copy of a partition that was moving to this log directory, and
 * is removed at the start; {@code directory-moves} counts the moves that came to their end.
 *
 * <h2>What a crash costs</h2>
 *
 * <p>An index is written only after its segment was synced, and says how far it covers it. So the
 * indexes are the recovery points: at the start the part of a segment that its index covers is
 * trusted, the rest is read with its CRC, and what is no whole batch at the end is cut off. In the
 * segment that is written to, the point moves on as {@link io.gofka.log.RecoveryPoint} says. After
 * a clean stop indexes cover everything and nothing is read.
 *
 * <p>What the indexes, producer snapshots and leader epochs of a log show to have been durable is
 * never cut: when it is missing or damaged, the partition goes offline with a {@link
 * io.gofka.log.LogCorruptException} and its files stay as they are. A small file of another
 * partition or segment, or an older one, doesn't pass for the right one: see {@code Stamp}.
 * Indexes, snapshots and epochs can be made anew from the segments.
 *
 * <h2>How compaction puts a segment in place</h2>
 *
 * <ol>
 *   <li>The new segment and its index are written and synced as {@code *.log.cleaned} and {@code
 *       *.gidx.cleaned}. A start removes them.
 *   <li>{@code <base offset>.swap} with the base offsets of the segments that go is written as a
 *       whole and synced. From here on a start finishes what follows.
 *   <li>The old indexes are removed and the old segments renamed to {@code *.log.replaced.deleted};
 *       the new index gets its name; the folder is synced; the new segment gets its name, and with
 *       that all is done: a start that finds no {@code *.log.cleaned} has nothing left to do.
 *   <li>The folder is synced, and the {@code .swap} file removed.
 * </ol>
 *
 * <p>The new segment's index is there before the segment, so that recovery doesn't take the gaps
 * that compaction leaves for a loss. Readers have the old segments open until the owner of the log
 * has the new one. See {@code SegmentSwap}.
 *
 * <p>Whatever shortens a log at its end removes the index first, and makes that durable before the
 * log goes on.
 */
package io.gofka.log;
