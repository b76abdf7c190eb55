import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** A client as player.ts describes it. Arguments: addresses with commas between them, topic, metadata.recovery.strategy. */
public class FailoverClient {
  private static final long PACE_MS = 100;
  private static final Map<String, KafkaProducer<String, String>> PRODUCERS = new ConcurrentHashMap<>();
  /** A send blocks while the topic is not known: each has a thread, so that it does not thin out the load. */
  private static final ExecutorService THREADS = Executors.newCachedThreadPool();

  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("acks", "all");
    settings.put("metadata.recovery.strategy", args[2]);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      String name = words[1];
      if (words[0].equals("open")) PRODUCERS.put(name, new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer()));
      int count = words.length > 2 ? Integer.parseInt(words[2]) : 1;
      THREADS.submit(() -> send(name, args[1], count));
    }
    Runtime.getRuntime().halt(0);
  }

  private static Void send(String name, String topic, int count) throws InterruptedException {
    for (int left = count; left > 0; left -= 1) {
      say(name, "sent", null);
      THREADS.submit(() -> sendOne(name, topic));
      Thread.sleep(PACE_MS);
    }
    return null;
  }

  private static void sendOne(String name, String topic) {
    try {
      PRODUCERS.get(name).send(new ProducerRecord<>(topic, "message"), (sent, error) -> say(name, error == null ? "ok" : "failed", error));
    } catch (RuntimeException error) {
      say(name, "failed", error);
    }
  }

  private static synchronized void say(String name, String what, Exception error) {
    String reason = error == null ? "" : error.toString().lines().findFirst().orElse("");
    System.out.println(name + " " + what + " " + System.currentTimeMillis() + " " + reason);
  }
}
