package io.gofka.node;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads the settings of a YAML file, each with its line. Dotted names and nested maps mean the
 * same: {@code server.port: 1} and {@code server: {port: 1}}. Values are kept as they are written;
 * nobody guesses a type.
 */
final class FileSettings {
  private static final int MAX_FILE_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 32;
  private static final int MAX_SETTINGS = 10_000;

  private final Path file;
  private final List<Mistake> mistakes;
  private final Map<String, Setting> settings = new LinkedHashMap<>();

  private FileSettings(Path file, List<Mistake> mistakes) {
    this.file = file;
    this.mistakes = mistakes;
  }

  /**
   * @param mistakes gets what is wrong with the file
   */
  static List<Setting> read(Path file, List<Mistake> mistakes) {
    FileSettings reader = new FileSettings(file, mistakes);
    reader.read();
    return List.copyOf(reader.settings.values());
  }

  private void read() {
    try {
      if (Files.isRegularFile(file) && Files.size(file) > MAX_FILE_BYTES) {
        report("it is larger than " + MAX_FILE_BYTES + " bytes, which no configuration is");
        return;
      }
      parse(Files.readString(file));
    } catch (NoSuchFileException missing) {
      report("there is no such file");
    } catch (AccessDeniedException denied) {
      report("it must not be read by this user");
    } catch (CharacterCodingException notText) {
      report("it is not text in UTF-8");
    } catch (MarkedYAMLException noYaml) {
      int line = noYaml.getProblemMark() == null ? 1 : noYaml.getProblemMark().getLine() + 1;
      mistakes.add(Mistake.inFile(file + ":" + line, "this is not YAML: " + noYaml.getProblem()));
    } catch (YAMLException noYaml) {
      report("this is not YAML: " + noYaml.getMessage().lines().findFirst().orElse(""));
    } catch (IOException unreadable) {
      report(Files.isDirectory(file) ? "it is a directory" : "it can't be read: " + unreadable);
    }
  }

  private void report(String problem) {
    mistakes.add(Mistake.inFile(file.toString(), problem));
  }

  private void parse(String text) {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(MAX_FILE_BYTES);
    options.setNestingDepthLimit(MAX_DEPTH);
    Node root = new Yaml(new SafeConstructor(options)).compose(new StringReader(text));
    if (root == null || isEmpty(root)) {
      return;
    }
    if (!(root instanceof MappingNode mapping)) {
      mistakes.add(Mistake.inFile(where(root), "settings are expected, as name: value"));
      return;
    }
    collect("", mapping, 0);
  }

  private void collect(String prefix, MappingNode mapping, int depth) {
    // An alias may point to what it stands in; such a map has no bottom.
    if (depth > MAX_DEPTH || settings.size() > MAX_SETTINGS) {
      mistakes.add(Mistake.inFile(where(mapping), "there is no end to what is nested here"));
      return;
    }
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode name)) {
        mistakes.add(Mistake.inFile(where(tuple.getKeyNode()), "a name is expected here"));
        continue;
      }
      String key = prefix + name.getValue();
      Node value = tuple.getValueNode();
      if (value instanceof MappingNode map && !key.equals(NodeKeys.PEERS.name())) {
        collect(key + ".", map, depth + 1);
      } else if (!(isEmpty(value) && isSection(key))) {
        put(new Setting(key, text(key, value), where(tuple.getKeyNode())), isEmpty(value));
      }
    }
  }

  private void put(Setting setting, boolean empty) {
    if (empty) {
      mistakes.add(Mistake.refused(setting, "", "its value is missing"));
      return;
    }
    Setting before = settings.putIfAbsent(setting.key(), setting);
    if (before != null) {
      mistakes.add(
          Mistake.refused(setting, setting.value(), "it already stands at " + before.where()));
    }
  }

  /** The text of a value: items of a list between commas, entries of a map with an equals sign. */
  private String text(String key, Node value) {
    if (value instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    List<String> items = new ArrayList<>();
    if (value instanceof SequenceNode sequence) {
      sequence.getValue().forEach(item -> items.add(scalar(key, item)));
    } else if (value instanceof MappingNode mapping) {
      for (NodeTuple tuple : mapping.getValue()) {
        items.add(scalar(key, tuple.getKeyNode()) + "=" + scalar(key, tuple.getValueNode()));
      }
    }
    return String.join(",", items);
  }

  private String scalar(String key, Node node) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    mistakes.add(Mistake.inFile(where(node), "a single value is expected in " + key));
    return "";
  }

  private static boolean isSection(String key) {
    return key.equals("kafka")
        || NodeKeys.ALL.stream().anyMatch(known -> known.name().startsWith(key + "."));
  }

  private static boolean isEmpty(Node node) {
    return node instanceof ScalarNode && node.getTag().equals(Tag.NULL);
  }

  private String where(Node node) {
    return file + ":" + (node.getStartMark().getLine() + 1);
  }
}
