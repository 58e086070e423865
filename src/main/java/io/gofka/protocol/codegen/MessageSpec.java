package io.gofka.protocol.codegen;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A message as one schema file describes it.
 *
 * @param type request, response, header, data, coordinator-key, coordinator-value
 * @param apiKey -1 where there is none
 * @param listeners broker, controller; requests only
 * @param root the message's own fields
 * @param structs all others by name
 */
record MessageSpec(
    String type,
    int apiKey,
    Set<String> listeners,
    boolean latestVersionUnstable,
    StructSpec root,
    Map<String, StructSpec> structs) {
  String name() {
    return root.name();
  }

  List<StructSpec> nested() {
    return List.copyOf(structs.values());
  }

  /**
   * The fewest bytes a value of this type has on the wire in any of these versions; a length counts
   * as one byte.
   */
  int minBytes(FieldType type, Versions versions) {
    return minBytes(type, versions, new ArrayDeque<>());
  }

  private int minBytes(FieldType type, Versions versions, Deque<String> within) {
    if (!type.isStruct()) {
      return Math.max(1, type.kind().fixedBytes());
    }
    if (within.contains(type.struct())) {
      return 0; // It contains itself, so somewhere in between it can be absent.
    }
    within.push(type.struct());
    StructSpec struct = structs.get(type.struct());
    int fewest = Integer.MAX_VALUE;
    Versions occurring = struct.versions().intersect(versions);
    for (int version = occurring.lowest(); version <= occurring.highest(); version++) {
      int bytes = struct.flexible().contains(version) ? 1 : 0;
      for (FieldSpec field : struct.placedFields()) {
        if (field.versions().contains(version)) {
          bytes +=
              field.nullable().contains(version)
                  ? nullBytes(field.type())
                  : minBytes(field.type(), versions, within);
        }
      }
      fewest = Math.min(fewest, bytes);
    }
    within.pop();
    return fewest == Integer.MAX_VALUE ? 0 : fewest;
  }

  private static int nullBytes(FieldType type) {
    return type.kind().primitive() ? type.kind().fixedBytes() : 1;
  }
}
