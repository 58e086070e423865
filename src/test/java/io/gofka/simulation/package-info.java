/**
 * Whole quorums of real cores in one thread: virtual time, one source of randomness, a network and
 * disks that do what networks and disks do on their worst days. {@link
 * io.gofka.simulation.RaftSimulation} is one run of one seed; a seed decides everything, so a
 * failing run is repeated by its seed.
 *
 * <p>{@link io.gofka.simulation.World} is time and randomness, {@link io.gofka.simulation.Network},
 * {@link io.gofka.simulation.Disk} and {@link io.gofka.simulation.NodeClock} what a node stands on,
 * {@link io.gofka.simulation.FaultMix} which of their faults a seed has, {@link
 * io.gofka.simulation.Invariants} and {@link io.gofka.simulation.ClientHistory} what must hold all
 * the same. {@link io.gofka.simulation.Mutant} shows that a bug would be found.
 */
package io.gofka.simulation;
