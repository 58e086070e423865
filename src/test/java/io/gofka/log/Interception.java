package io.gofka.log;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** Stands before a real thing and sees what is done with it. */
final class Interception {
  /** Sees a call that has been made, and gives the result that the caller gets. */
  interface Observer {
    Object called(String method, Object[] arguments, Object result) throws IOException;
  }

  private Interception() {}

  static <T> T of(Class<T> type, T real, Observer observer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              Object[] given = arguments == null ? new Object[0] : arguments;
              try {
                return observer.called(method.getName(), given, method.invoke(real, given));
              } catch (InvocationTargetException failure) {
                throw failure.getCause();
              }
            }));
  }
}
