<?php // php examples/publish/publish.php demo/hello 'Hello from PHP' note

// Publishes an event to `tidings serve`, and prints its ID. The arguments are topic, data and, if you like, type.
// TIDINGS_URL is where the hub is, TIDINGS_KEY what it was started with as --publish-key.

declare(strict_types=1);

/**
 * Publishes an event to a hub, and returns the ID that it got. It needs no extension of PHP.
 *
 * @throws RuntimeException if the hub does not take it, or does not answer
 */
function publish(string $hub, string $key, string $topic, string $data, string $type = ''): string
{
    // With an ID of its own, an event that is sent again because no answer came is published once.
    $form = ['topic' => $topic, 'data' => $data, 'type' => $type, 'id' => bin2hex(random_bytes(16))];
    $headers = ['Content-Type: application/x-www-form-urlencoded'];
    if ($key !== '') {
        $headers[] = "Authorization: Bearer $key";
    }
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => $headers,
        'content' => http_build_query($form),
        'ignore_errors' => true, // an error's body is its reason
        'timeout' => 10,
    ]]);
    for ($attempt = 1; ! $answer = @fopen("$hub/.well-known/mercure", 'r', false, $context); $attempt++) {
        if ($attempt === 4) {
            throw new RuntimeException(error_get_last()['message']);
        }
        sleep(1);
    }
    [, $status] = explode(' ', stream_get_meta_data($answer)['wrapper_data'][0]);
    $text = trim(stream_get_contents($answer));
    if ($status !== '200') {
        throw new RuntimeException("$status: $text");
    }
    return $text;
}

try {
    $hub = getenv('TIDINGS_URL') ?: 'http://127.0.0.1:3000';
    echo publish($hub, getenv('TIDINGS_KEY') ?: '', ...array_slice($argv, 1)), "\n";
} catch (RuntimeException $exception) {
    fwrite(STDERR, $exception->getMessage() . "\n");
    exit(1);
}
