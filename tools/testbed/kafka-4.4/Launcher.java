import java.io.BufferedReader;
import java.io.FileReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.internals.Exit;

/**
 * Runs any number of Kafka nodes in one JVM. Commands come by standard input, one a line: "start FILE" and "stop FILE", where the
 * properties file names the node. The end of the input ends the JVM.
 */
public final class Launcher {
  public static void main(String[] args) throws IOException {
    // A node that gives up must not take the others with it.
    Exit.setExitProcedure((status, message) -> {});
    Exit.setHaltProcedure((status, message) -> {});
    Map<String, Node> nodes = new HashMap<>();
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = commands.readLine()) != null; ) {
      String[] command = line.split(" ", 2);
      nodes.computeIfAbsent(command[1], Node::new).obey(command[0]);
    }
    System.exit(0);
  }

  /** One node; what it is told happens in that order. */
  private static final class Node {
    private final ExecutorService orders = Executors.newSingleThreadExecutor();
    private final String file;
    private KafkaRaftServer server;

    Node(String file) {
      this.file = file;
    }

    void obey(String order) {
      orders.execute(() -> {
        try {
          if (order.equals("start")) start();
          else stop();
        } catch (Throwable error) {
          // Nobody could wait for this node: better a loud end than a silent one.
          System.err.println("cannot " + order + " " + file + ": " + error);
          System.exit(1);
        }
      });
    }

    private void start() throws IOException {
      Properties properties = new Properties();
      try (FileReader reader = new FileReader(file)) {
        properties.load(reader);
      }
      server = new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
      server.startup();
    }

    private void stop() {
      server.shutdown();
      server.awaitShutdown();
    }
  }
}
