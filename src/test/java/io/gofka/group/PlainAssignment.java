package io.gofka.group;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The assignor of simulated members: partitions of one topic go to the members in turn, and are
 * written as numbers with commas between them.
 */
public final class PlainAssignment {
  /** What members join with that know no other. */
  public static final JoinGroup.Protocol PROTOCOL = new JoinGroup.Protocol("range", bytes("wants"));

  private PlainAssignment() {}

  /** What each member gets, by member id. */
  public static Map<String, Bytes> assign(List<JoinGroupResult.Member> members, int partitions) {
    Map<String, Bytes> assignments = new HashMap<>();
    for (int m = 0; m < members.size(); m++) {
      List<String> own = new ArrayList<>();
      for (int p = m; p < partitions; p += members.size()) {
        own.add(Integer.toString(p));
      }
      assignments.put(members.get(m).memberId(), bytes(String.join(",", own)));
    }
    return assignments;
  }

  /** What a member has got. */
  public static List<Integer> partitions(Bytes assignment) {
    List<Integer> partitions = new ArrayList<>();
    String text = assignment.toByteBuf().toString(StandardCharsets.UTF_8);
    for (String partition : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      partitions.add(Integer.valueOf(partition));
    }
    return partitions;
  }

  static Bytes bytes(String text) {
    return Bytes.copyOf(text.getBytes(StandardCharsets.UTF_8));
  }
}
