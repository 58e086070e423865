package io.gofka.bus;

import io.gofka.common.ErrorCode;
import io.gofka.group.CommitOffsets;
import io.gofka.group.DeleteGroups;
import io.gofka.group.DeleteOffsets;
import io.gofka.group.DescribeGroups;
import io.gofka.group.FetchOffsets;
import io.gofka.group.Heartbeat;
import io.gofka.group.JoinGroup;
import io.gofka.group.JoinGroupResult;
import io.gofka.group.LeaveGroup;
import io.gofka.group.ListGroups;
import io.gofka.group.SyncGroup;
import io.gofka.group.SyncGroupResult;
import io.gofka.log.AppendRecords;
import io.gofka.log.AppendResult;
import io.gofka.log.CleanLog;
import io.gofka.log.DeleteRecordsBefore;
import io.gofka.log.DescribeLogs;
import io.gofka.log.DescribeProducers;
import io.gofka.log.FindDirtiestLog;
import io.gofka.log.FindEpochEnds;
import io.gofka.log.FindOffsets;
import io.gofka.log.LogDirState;
import io.gofka.log.MeasureLogs;
import io.gofka.log.MoveLogs;
import io.gofka.log.ReadRecords;
import io.gofka.log.ReadResult;
import io.gofka.log.WriteTransactionMarkers;
import io.gofka.metadata.AddRaftVoter;
import io.gofka.metadata.AllocateProducerIds;
import io.gofka.metadata.AlterConfigs;
import io.gofka.metadata.AlterPartitionReassignments;
import io.gofka.metadata.AwaitMetadata;
import io.gofka.metadata.BrokerHeartbeat;
import io.gofka.metadata.CommandRequest;
import io.gofka.metadata.CommandResult;
import io.gofka.metadata.CreatePartitions;
import io.gofka.metadata.CreateTopics;
import io.gofka.metadata.DeleteTopics;
import io.gofka.metadata.DescribeQuorum;
import io.gofka.metadata.ElectLeaders;
import io.gofka.metadata.EncodedCommand;
import io.gofka.metadata.MetadataFeed;
import io.gofka.metadata.PartitionOutcome;
import io.gofka.metadata.ProbeNode;
import io.gofka.metadata.RegisterBroker;
import io.gofka.metadata.RemoveRaftVoter;
import io.gofka.metadata.UnregisterBroker;
import io.gofka.metadata.UpdateFeatures;
import io.gofka.metadata.image.BrokerLease;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.raft.CommittedEntries;
import io.gofka.raft.Hello;
import io.gofka.raft.NodeStatus;
import io.gofka.raft.PeerAddresses;
import io.gofka.raft.PeerUnreachable;
import io.gofka.raft.RaftEnvelope;
import io.gofka.raft.RaftSend;
import io.gofka.raft.ReplicatedLog;
import io.gofka.replica.ChangeIsrs;
import io.gofka.replica.FromFollower;
import io.gofka.replica.FromLeader;
import io.gofka.replica.ReplicasUnusable;
import io.gofka.replica.StreamChanged;
import io.gofka.replica.ToFollower;
import io.gofka.replica.ToLeader;
import java.util.List;
import java.util.Optional;

/**
 * Every address of the node's event bus: who is asked for what, and what is announced. Requests
 * fail with an {@link io.gofka.common.ApiException}; errors of single partitions stand in the
 * replies.
 */
public final class Addresses {
  /** Append to partitions of one shard ({@code at(shard)}). Answered by LogShardVerticle. */
  public static final Address<AppendRecords, List<AppendResult>> LOG_APPEND =
      new Address<>("log.append");

  /**
   * End transactions in partitions of one shard ({@code at(shard)}). Answered by LogShardVerticle.
   */
  public static final Address<WriteTransactionMarkers, List<WriteTransactionMarkers.Written>>
      LOG_WRITE_MARKERS = new Address<>("log.write-markers");

  /** Read from partitions of one shard ({@code at(shard)}). Answered by LogShardVerticle. */
  public static final Address<ReadRecords, List<ReadResult>> LOG_READ = new Address<>("log.read");

  /** Answer a parked read now ({@code at(shard)}). Answered by LogShardVerticle. */
  public static final Address<ReadRecords.CompleteRead, Void> LOG_COMPLETE_READ =
      new Address<>("log.complete-read");

  /** Offsets by time or name ({@code at(shard)}). Answered by LogShardVerticle. */
  public static final Address<FindOffsets, List<FindOffsets.Found>> LOG_FIND_OFFSETS =
      new Address<>("log.find-offsets");

  /** Ends of leader epochs ({@code at(shard)}). Answered by LogShardVerticle. */
  public static final Address<FindEpochEnds, List<FindEpochEnds.EpochEnd>> LOG_FIND_EPOCH_ENDS =
      new Address<>("log.find-epoch-ends");

  /** Move log start offsets ({@code at(shard)}). Answered by LogShardVerticle. */
  public static final Address<DeleteRecordsBefore, List<DeleteRecordsBefore.Deleted>>
      LOG_DELETE_RECORDS = new Address<>("log.delete-records");

  /**
   * The log of one shard ({@code at(shard)}) that needs compaction most, if any does. Answered by
   * LogShardVerticle.
   */
  public static final Address<FindDirtiestLog, Optional<FindDirtiestLog.DirtyLog>>
      LOG_FIND_DIRTIEST = new Address<>("log.find-dirtiest");

  /**
   * Compact a log of one shard ({@code at(shard)}). Answered by LogShardVerticle with whether it
   * has begun.
   */
  public static final Address<CleanLog, Boolean> LOG_CLEAN = new Address<>("log.clean");

  /** A cleaning that was begun by {@link #LOG_CLEAN} is over. */
  public static final Announcement<CleanLog.Ended> LOG_CLEANING_ENDED =
      new Announcement<>("log.cleaning-ended");

  /**
   * The producers that partitions of one shard know ({@code at(shard)}). Answered by
   * LogShardVerticle.
   */
  public static final Address<DescribeProducers, List<DescribeProducers.Described>>
      LOG_DESCRIBE_PRODUCERS = new Address<>("log.describe-producers");

  /**
   * Sizes and offsets of the logs of one shard ({@code at(shard)}). Answered by LogShardVerticle.
   */
  public static final Address<DescribeLogs, DescribeLogs.LogDescriptions> LOG_DESCRIBE =
      new Address<>("log.describe");

  /**
   * Move logs to other directories of this broker ({@code at(shard)}). Answered by
   * LogShardVerticle.
   */
  public static final Address<MoveLogs, List<MoveLogs.Moved>> LOG_MOVE = new Address<>("log.move");

  /**
   * How the log directories do, as each shard sees them: announced after its start, and whenever a
   * directory or a partition has failed or come back.
   */
  public static final Announcement<LogDirState.Changed> LOG_DIRECTORIES_CHANGED =
      new Announcement<>("log.directories-changed");

  /** No log directory works, nor will: announced once or more. The node stops. */
  public static final Announcement<LogDirState.AllBroken> LOG_DIRECTORIES_BROKEN =
      new Announcement<>("log.directories-broken");

  /** How the logs of one shard are ({@code at(shard)}). Answered by LogShardVerticle. */
  public static final Address<MeasureLogs, MeasureLogs.LogMeasures> LOG_MEASURE =
      new Address<>("log.measure");

  /**
   * Something that the active controller is to decide. Answered by ControllerVerticle when it is
   * committed. NOT_CONTROLLER when this node isn't the active one (nothing has happened then, and
   * the message names the node that is, if it is known), REQUEST_TIMED_OUT when the fate of the
   * command is unknown; further errors are those of the command.
   */
  public static final Address<CommandRequest<?>, CommandResult<?>> CONTROLLER_COMMAND =
      new Address<>("metadata.controller-command");

  /**
   * The same on whatever node: answered by ForwardingVerticle when the active controller has
   * answered and this node's image shows what the command has done. {@link
   * io.gofka.metadata.ForwardingVerticle#request} asks it. The addresses of single commands below
   * lead here, with the usual patience and in nobody's name.
   */
  public static final Address<CommandRequest<?>, CommandResult<?>> METADATA_COMMAND =
      new Address<>("metadata.command");

  /**
   * A command that another node has forwarded to this one. Answered by ForwardingVerticle with what
   * {@link #CONTROLLER_COMMAND} answers here.
   */
  public static final Address<EncodedCommand, EncodedCommand.EncodedReply> FORWARDED_COMMAND =
      new Address<>("metadata.forwarded-command");

  /**
   * Bring a command to the active controller's node, wherever that is, within the command's
   * timeout. Answered by the node's rpc. REQUEST_TIMED_OUT when its fate is unknown.
   */
  public static final Address<EncodedCommand, EncodedCommand.EncodedReply> FORWARD_COMMAND =
      new Address<>("rpc.forward-command");

  /**
   * A broker is alive. Answered by ControllerVerticle on the active controller, when a majority has
   * confirmed that it is: NOT_CONTROLLER elsewhere, STALE_BROKER_EPOCH when the broker has
   * registered again since, BROKER_ID_NOT_REGISTERED when it is unknown.
   */
  public static final Address<BrokerHeartbeat, BrokerHeartbeat.Reply> BROKER_HEARTBEAT =
      new Address<>("metadata.broker-heartbeat");

  /**
   * The same for a broker elsewhere: brought to the active controller. Answered by the node's rpc;
   * besides what the controller says, NOT_CONTROLLER while nobody knows who that is, and
   * NETWORK_EXCEPTION when it can't be reached.
   */
  public static final Address<BrokerHeartbeat, BrokerHeartbeat.Reply> FORWARD_HEARTBEAT =
      new Address<>("rpc.forward-heartbeat");

  /** A broker's heartbeats have lost their way. Answered by ControllerVerticle. */
  public static final Address<BrokerHeartbeat.StreamBroken, Void> BROKER_STREAM_BROKEN =
      new Address<>("metadata.broker-stream-broken");

  /** Whether there is a process at an address. Answered by the node's rpc. */
  public static final Address<ProbeNode, ProbeNode.Result> PROBE_NODE =
      new Address<>("rpc.probe-node");

  /**
   * Metadata that a controller elsewhere has committed; answered with the first index that is
   * needed next, when what was told is announced on this node. Answered by
   * MetadataFollowerVerticle.
   */
  public static final Address<MetadataFeed, Long> METADATA_FEED = new Address<>("metadata.feed");

  /**
   * The image that holds once it has reached an offset. Answered by MetadataVerticle.
   * REQUEST_TIMED_OUT.
   */
  public static final Address<AwaitMetadata, ClusterImage> METADATA_AWAIT =
      new Address<>("metadata.await");

  /** Create topics. Answered by ForwardingVerticle, as the following ones. */
  public static final Address<CreateTopics, List<CreateTopics.Result>> CREATE_TOPICS =
      new Address<>("metadata.create-topics");

  /**
   * Delete topics. Answered by ForwardingVerticle. TOPIC_DELETION_DISABLED when the cluster is
   * configured so.
   */
  public static final Address<DeleteTopics, List<DeleteTopics.Result>> DELETE_TOPICS =
      new Address<>("metadata.delete-topics");

  /** Add partitions. */
  public static final Address<CreatePartitions, List<CreatePartitions.Result>> CREATE_PARTITIONS =
      new Address<>("metadata.create-partitions");

  /** Change settings of resources. */
  public static final Address<AlterConfigs, List<AlterConfigs.Result>> ALTER_CONFIGS =
      new Address<>("metadata.alter-configs");

  /** Move partitions to other replicas. */
  public static final Address<AlterPartitionReassignments, List<PartitionOutcome>>
      ALTER_PARTITION_REASSIGNMENTS = new Address<>("metadata.alter-partition-reassignments");

  /** Elect leaders now. */
  public static final Address<ElectLeaders, List<PartitionOutcome>> ELECT_LEADERS =
      new Address<>("metadata.elect-leaders");

  /** Forget a broker. BROKER_ID_NOT_REGISTERED. */
  public static final Address<UnregisterBroker, Void> UNREGISTER_BROKER =
      new Address<>("metadata.unregister-broker");

  /** Finalize levels of features. INVALID_UPDATE_VERSION, FEATURE_UPDATE_FAILED. */
  public static final Address<UpdateFeatures, Void> UPDATE_FEATURES =
      new Address<>("metadata.update-features");

  /**
   * A controller is to vote. DUPLICATE_VOTER, INCONSISTENT_CLUSTER_ID, INVALID_REQUEST,
   * REQUEST_TIMED_OUT.
   */
  public static final Address<AddRaftVoter, Void> ADD_RAFT_VOTER =
      new Address<>("metadata.add-raft-voter");

  /**
   * A controller is to vote no more. VOTER_NOT_FOUND, INCONSISTENT_CLUSTER_ID, INVALID_REQUEST,
   * REQUEST_TIMED_OUT.
   */
  public static final Address<RemoveRaftVoter, Void> REMOVE_RAFT_VOTER =
      new Address<>("metadata.remove-raft-voter");

  /** How the controllers do. */
  public static final Address<DescribeQuorum, DescribeQuorum.Quorum> DESCRIBE_QUORUM =
      new Address<>("metadata.describe-quorum");

  /** A block of producer ids for one broker. BROKER_ID_NOT_REGISTERED. */
  public static final Address<AllocateProducerIds, AllocateProducerIds.ProducerIdBlock>
      ALLOCATE_PRODUCER_IDS = new Address<>("metadata.allocate-producer-ids");

  /** A broker starts. DUPLICATE_BROKER_REGISTRATION, INVALID_REGISTRATION. */
  public static final Address<RegisterBroker, RegisterBroker.Registration> REGISTER_BROKER =
      new Address<>("metadata.register-broker");

  /**
   * An id for a new idempotent producer. Answered by ProducerIdVerticle.
   * COORDINATOR_LOAD_IN_PROGRESS when there is none at the moment.
   */
  public static final Address<NextProducerId, Long> NEXT_PRODUCER_ID =
      new Address<>("metadata.next-producer-id");

  /**
   * An image is committed; answered when its announcement is out. Sent by whoever follows the
   * metadata log, answered by MetadataVerticle.
   */
  public static final Address<ImageChange, Void> METADATA_COMMITTED =
      new Address<>("metadata.committed");

  /** The image that now holds; the message is ignored. Answered by MetadataVerticle. */
  public static final Address<CurrentImage, ClusterImage> METADATA_IMAGE =
      new Address<>("metadata.image");

  /** How long this broker may act as a leader without hearing from the controllers. */
  public static final Announcement<BrokerLease> BROKER_LEASE =
      new Announcement<>("metadata.broker-lease");

  /** A new image holds. Announced before whoever asked for the change gets an answer. */
  public static final Announcement<ImageChange> METADATA_CHANGED =
      new Announcement<>("metadata.changed");

  /**
   * Join a group. Answered by GroupCoordinatorVerticle, as all that begins with {@code group.}: it
   * fails with NOT_COORDINATOR when the group's partition of {@code __consumer_offsets} is led
   * elsewhere, COORDINATOR_LOAD_IN_PROGRESS while it is being read, and COORDINATOR_NOT_AVAILABLE
   * when it isn't known whether the log has what the request led to.
   */
  public static final Address<JoinGroup, JoinGroupResult> GROUP_JOIN = new Address<>("group.join");

  /** Fetch the assignment, or bring it. */
  public static final Address<SyncGroup, SyncGroupResult> GROUP_SYNC = new Address<>("group.sync");

  /** A member is alive. */
  public static final Address<Heartbeat, ErrorCode> GROUP_HEARTBEAT =
      new Address<>("group.heartbeat");

  /** Leave a group. */
  public static final Address<LeaveGroup, LeaveGroup.Result> GROUP_LEAVE =
      new Address<>("group.leave");

  /** Commit offsets; one code for each. */
  public static final Address<CommitOffsets, List<ErrorCode>> GROUP_COMMIT_OFFSETS =
      new Address<>("group.commit-offsets");

  /** Committed offsets of several groups; errors stand in the results. */
  public static final Address<FetchOffsets, List<FetchOffsets.Result>> GROUP_FETCH_OFFSETS =
      new Address<>("group.fetch-offsets");

  /** Forget committed offsets. */
  public static final Address<DeleteOffsets, DeleteOffsets.Result> GROUP_DELETE_OFFSETS =
      new Address<>("group.delete-offsets");

  /** The groups of this broker. */
  public static final Address<ListGroups, ListGroups.Result> GROUP_LIST =
      new Address<>("group.list");

  /** Members and states of several groups; errors stand in the results. */
  public static final Address<DescribeGroups, List<DescribeGroups.Described>> GROUP_DESCRIBE =
      new Address<>("group.describe");

  /** Forget several groups; one code for each. */
  public static final Address<DeleteGroups, List<ErrorCode>> GROUP_DELETE =
      new Address<>("group.delete");

  /**
   * What this node is and what it knows of a cluster. Told to the other side at each meeting of two
   * nodes, so asked whenever one begins. Answered by FormationVerticle.
   */
  public static final Address<NodeStatus.Asked, NodeStatus> NODE_STATUS =
      new Address<>("raft.node-status");

  /**
   * A message for another node's replica; answered at once, whether it can be sent or not. Answered
   * by the gRPC clients.
   */
  public static final Address<RaftSend, Void> RAFT_SEND = new Address<>("raft.send");

  /** A message of another node's replica has come in. Answered by RaftShell. */
  public static final Address<RaftEnvelope, Void> RAFT_RECEIVED = new Address<>("raft.received");

  /** Entries of this node's replica are committed; told before anybody acts on them. */
  public static final Announcement<CommittedEntries> COMMITTED_ENTRIES =
      new Announcement<>("raft.committed-entries");

  /** Somebody leads the quorum now, or nobody does, as far as this controller knows. */
  public static final Announcement<ReplicatedLog.Leadership> LEADERSHIP_CHANGED =
      new Announcement<>("raft.leadership-changed");

  /** This node's metadata log works no more, nor will: announced once or more. The node stops. */
  public static final Announcement<ReplicatedLog.LogBroken> METADATA_LOG_BROKEN =
      new Announcement<>("raft.log-broken");

  /**
   * Who listens at an address. Answered by the gRPC clients. BROKER_NOT_AVAILABLE when nobody does,
   * INCONSISTENT_CLUSTER_ID when it belongs to another cluster (the message names both nodes and
   * both ids), REQUEST_TIMED_OUT when it doesn't answer.
   */
  public static final Address<Hello, NodeStatus> HELLO = new Address<>("raft.hello");

  /** Where the nodes are that this one sends to, told again whenever that changes. */
  public static final Announcement<PeerAddresses> PEER_ADDRESSES =
      new Announcement<>("raft.peer-addresses");

  /**
   * A connection broke and dialling it again was refused; announced at once, by the gRPC clients.
   */
  public static final Announcement<PeerUnreachable> PEER_UNREACHABLE =
      new Announcement<>("raft.peer-unreachable");

  /**
   * Messages for the broker that leads. Answered by ReplicaFetcherVerticle when they are on their
   * way: NETWORK_EXCEPTION while there is no stream to it, and they are lost then.
   */
  public static final Address<ToLeader, Void> REPLICA_TO_LEADER =
      new Address<>("replica.to-leader");

  /**
   * Messages for a broker that follows. Answered by the node's rpc when they are written to its
   * stream: NETWORK_EXCEPTION while there is none, and they are lost then.
   */
  public static final Address<ToFollower, Void> REPLICA_TO_FOLLOWER =
      new Address<>("replica.to-follower");

  /**
   * Messages of a follower for partitions of one shard ({@code at(shard)}). Answered by
   * LogShardVerticle.
   */
  public static final Address<FromFollower, Void> REPLICA_FROM_FOLLOWER =
      new Address<>("replica.from-follower");

  /**
   * Messages of a leader for partitions of one shard ({@code at(shard)}). Answered by
   * LogShardVerticle when it has taken them in: who reads a stream waits for that.
   */
  public static final Address<FromLeader, Void> REPLICA_FROM_LEADER =
      new Address<>("replica.from-leader");

  /**
   * The stream to another broker is there, or gone ({@code at(shard)}: each shard is told, before
   * it hears anything from that stream). Answered by LogShardVerticle.
   */
  public static final Address<StreamChanged, Void> REPLICA_STREAM = new Address<>("replica.stream");

  /** Leaders of this broker want other ISRs. Answered by IsrVerticle. */
  public static final Address<ChangeIsrs, List<ErrorCode>> REPLICA_CHANGE_ISRS =
      new Address<>("replica.change-isrs");

  /** Replicas of a shard whose disk has failed: announced whenever that changes. */
  public static final Announcement<ReplicasUnusable> REPLICAS_UNUSABLE =
      new Announcement<>("replica.unusable");

  private Addresses() {}

  /** Asks for a producer id. */
  public record NextProducerId() {}

  /** Asks for the image that now holds. */
  public record CurrentImage() {}
}
