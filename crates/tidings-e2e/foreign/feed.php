<?php
// A feed with nothing but PHP: php -S 127.0.0.1:PORT feed.php
set_time_limit(0);
header('Content-Type: text/event-stream');
header('Cache-Control: no-cache');
while (ob_get_level() > 0) {
    ob_end_flush();
}
$number = (int) ($_SERVER['HTTP_LAST_EVENT_ID'] ?? 0);
echo "retry: 100\n\n";
while (!connection_aborted()) {
    $number++;
    echo "id: $number\ndata: $number\ndata: zwölf\n\n";
    flush();
    usleep(2000);
}
