/**
 * Whole quorums and clusters in one thread: virtual time, one source of randomness, a network and
 * disks that do what networks and disks do on their worst days. {@link
 * io.gofka.simulation.RaftSimulation} is one run of one seed of a quorum, that agrees about
 * numbered commands ({@link io.gofka.simulation.NumberedCommands}) or about metadata with brokers
 * around it ({@link io.gofka.simulation.MetadataWorkload}); {@link
 * io.gofka.simulation.ReplicationSimulation} one of a whole cluster with records ({@link
 * io.gofka.simulation.ReplicationWorkload}). A seed decides everything, so a failing run is
 * repeated by its seed. What runs is the cores, the shards of logs, and the verticles of metadata,
 * as they are: {@link io.gofka.simulation.SimulatedLoop} and {@link
 * io.gofka.simulation.SimulatedBus} stand in for Vert.x.
 *
 * <p>{@link io.gofka.simulation.World} is time and randomness, {@link io.gofka.simulation.Network},
 * {@link io.gofka.simulation.Disk} and {@link io.gofka.simulation.NodeClock} what a node stands on,
 * {@link io.gofka.simulation.FaultMix} which of their faults a seed has, {@link
 * io.gofka.simulation.Invariants}, {@link io.gofka.simulation.ClientHistory}, {@link
 * io.gofka.simulation.AgreedMetadata}, {@link io.gofka.simulation.MetadataHistory} and {@link
 * io.gofka.simulation.CommittedRecords} what must hold all the same. {@link
 * io.gofka.simulation.Mutant} shows that a bug would be found.
 */
package io.gofka.simulation;
