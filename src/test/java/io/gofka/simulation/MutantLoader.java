package io.gofka.simulation;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A world of classes with one bug in it: the mutated class, and anew all that could hold on to the
 * original, which are the cores and the simulation. Everything else is shared.
 */
final class MutantLoader extends ClassLoader {
  private final Set<String> packages;
  private final Map<String, byte[]> mutated;

  MutantLoader(Mutant mutant, Set<String> packages) {
    super(MutantLoader.class.getClassLoader());
    this.packages = packages;
    this.mutated = compile(mutant);
  }

  private static Map<String, byte[]> compile(Mutant mutant) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
    Map<String, ByteArrayOutputStream> compiled = new HashMap<>();
    StringWriter messages = new StringWriter();
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    boolean done =
        compiler
            .getTask(
                messages,
                new InMemory(files, compiled),
                null,
                List.of(
                    "-proc:none", "-nowarn", "-implicit:none", "--release", "17", "-cp", classPath),
                null,
                List.of(new Source(mutant.className(), mutant.source())))
            .call();
    if (!done) {
      throw new IllegalStateException("'" + mutant.bug() + "' doesn't compile: " + messages);
    }
    Map<String, byte[]> classes = new HashMap<>();
    compiled.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
    return classes;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      boolean own = packages.contains(name.substring(0, Math.max(0, name.lastIndexOf('.'))));
      if (loaded == null && own) {
        byte[] bytes = mutated.containsKey(name) ? mutated.get(name) : original(name);
        loaded = defineClass(name, bytes, 0, bytes.length);
      }
      return loaded != null ? loaded : super.loadClass(name, resolve);
    }
  }

  private byte[] original(String name) throws ClassNotFoundException {
    String resource = name.replace('.', '/') + ".class";
    try (InputStream in = getParent().getResourceAsStream(resource)) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      return in.readAllBytes();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String content;

    Source(String className, String content) {
      super(URI.create("mem:///" + className.replace('.', '/') + ".java"), Kind.SOURCE);
      this.content = content;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return content;
    }
  }

  private static final class InMemory extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> compiled;

    InMemory(JavaFileManager files, Map<String, ByteArrayOutputStream> compiled) {
      super(files);
      this.compiled = compiled;
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("mem:///" + className + ".class"), kind) {
        @Override
        public OutputStream openOutputStream() {
          ByteArrayOutputStream bytes = new ByteArrayOutputStream();
          compiled.put(className, bytes);
          return bytes;
        }
      };
    }
  }
}
