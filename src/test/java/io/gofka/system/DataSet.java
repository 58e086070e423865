package io.gofka.system;

import io.gofka.system.process.ForkedProcess;
import io.gofka.system.process.TestFolders;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Real text of at least 50 MiB: the package descriptions this machine knows, then its licences and
 * program texts, again and again where that is not enough. Paragraphs are separated by one empty
 * line and become one record each.
 */
final class DataSet {
  static final String DELIMITER = "\n\n";
  private static final Pattern PARAGRAPHS = Pattern.compile("\n\n+");
  private static final long MIN_BYTES = 50 * 1024 * 1024;
  private static final int MAX_PARAGRAPH = 500_000;
  private static final List<Path> FOLDERS =
      List.of(Path.of("/usr/share/doc"), Path.of("/usr/share/perl"), Path.of("/usr/lib"));

  private final Path file;
  private final MessageDigest digest;
  private long bytes;
  private int paragraphs;

  private DataSet(Path file) {
    this.file = file;
    this.digest = sha256();
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException never) {
      throw new IllegalStateException(never);
    }
  }

  static DataSet collect() throws IOException {
    var data = new DataSet(TestFolders.create("real-data").resolve("text"));
    try (OutputStream out = Files.newOutputStream(data.file)) {
      data.add(out, packageDescriptions());
      while (data.bytes < MIN_BYTES) {
        long before = data.bytes;
        data.addFiles(out);
        if (data.bytes == before) {
          throw new IllegalStateException("this machine has no text below " + FOLDERS);
        }
      }
    }
    return data;
  }

  private static String packageDescriptions() {
    if (!Files.isExecutable(Path.of("/usr/bin/apt-cache"))) {
      return "";
    }
    return ForkedProcess.run(List.of("/usr/bin/apt-cache", "dumpavail"), Duration.ofSeconds(60))
        .out();
  }

  private void addFiles(OutputStream out) throws IOException {
    for (Path folder : FOLDERS) {
      if (!Files.isDirectory(folder)) {
        continue;
      }
      try (var paths = Files.walk(folder)) {
        for (Path path : (Iterable<Path>) paths.filter(Files::isRegularFile)::iterator) {
          if (bytes >= MIN_BYTES) {
            return;
          }
          if (Files.isReadable(path) && Files.size(path) < MAX_PARAGRAPH) {
            add(out, new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1));
          }
        }
      } catch (UncheckedIOException unreadable) {
        // A folder only others may read: there are more.
      }
    }
  }

  private void add(OutputStream out, String text) throws IOException {
    if (text.indexOf('\0') >= 0) {
      return; // Not a text.
    }
    for (String paragraph : PARAGRAPHS.splitAsStream(text).toList()) {
      if (paragraph.isBlank() || paragraph.startsWith("\n") || paragraph.endsWith("\n")) {
        continue;
      }
      byte[] encoded = (paragraph + DELIMITER).getBytes(StandardCharsets.UTF_8);
      out.write(encoded);
      digest.update(encoded);
      bytes += encoded.length;
      paragraphs++;
    }
  }

  Path file() {
    return file;
  }

  byte[] digest() {
    try {
      return ((MessageDigest) digest.clone()).digest();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e);
    }
  }

  long bytes() {
    return bytes;
  }

  int paragraphs() {
    return paragraphs;
  }
}
