package io.gofka.system.process;

import java.util.List;

/** The machines that a cluster's nodes believe to run on. */
public interface Hosts {

  /** All nodes on this machine, told apart by their ports. */
  Hosts LOOPBACK =
      new Hosts() {
        @Override
        public String address(int nodeId) {
          return "127.0.0.1";
        }

        @Override
        public List<String> on(int nodeId, List<String> command) {
          return command;
        }
      };

  /** Where a node listens, and where clients and other nodes reach it. */
  String address(int nodeId);

  /** A command line that runs the given one on a node's host, in the very process it starts. */
  List<String> on(int nodeId, List<String> command);
}
