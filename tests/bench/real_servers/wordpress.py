"""WordPress of Debian on PHP's own web server and a MariaDB of its own, all below one folder.

    apt-get install --no-install-recommends wordpress wordpress-theme-twentytwentythree php-cli php-mysql php-xml \\
        mariadb-server-core mariadb-client
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC
from html import escape
from pathlib import Path

from tests.bench.real_servers.said import Said, Server, wait_for

NEEDED = ("php", "mariadbd", "mariadb", "mariadb-install-db")
WORDPRESS = Path("/usr/share/wordpress")

CONFIGURATION = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', '{home}'); define('WP_SITEURL', '{home}'); define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true); define('AUTOMATIC_UPDATER_DISABLED', true);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {{ define('ABSPATH', __DIR__ . '/'); }}
require_once ABSPATH . 'wp-settings.php';
"""

ROUTER = """<?php
$path = __DIR__ . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (is_file($path) && substr($path, -4) !== '.php') { return false; }
$_SERVER['SCRIPT_NAME'] = '/index.php';
require __DIR__ . '/index.php';
"""

INSTALL = """<?php
define('WP_INSTALLING', true); $_SERVER['HTTP_HOST'] = '127.0.0.1';
require __DIR__ . '/wp-load.php'; require ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter('pre_wp_mail', '__return_true');
wp_install('车主博客', 'admin', 'admin@example.com', true, '', 'x');
update_option('timezone_string', 'Asia/Shanghai');
update_option('permalink_structure', '/%year%/%monthnum%/%postname%/');
wp_delete_post(1, true); wp_delete_post(2, true);
echo $wp_version;
"""

FILL = """<?php
$_SERVER['HTTP_HOST'] = '127.0.0.1';
require __DIR__ . '/wp-load.php';
$ids = [];
add_filter('pre_wp_mail', '__return_true');
function who($name) {
    global $wpdb;
    $found = $wpdb->get_var($wpdb->prepare("SELECT ID FROM $wpdb->users WHERE display_name = %s", $name));
    if ($found) { return (int) $found; }
    $login = 'user' . wp_rand();
    return wp_insert_user(['user_login' => $login, 'user_pass' => 'x', 'display_name' => $name, 'nickname' => $name]);
}
foreach (json_decode(stream_get_contents(STDIN), true) as $one) {
    $is_comment = isset($one['id']) && $one['id'][0] === 'c';
    $id = isset($one['id']) ? (int) substr($one['id'], 1) : 0;
    if ($one['act'] === 'delete') { $is_comment ? wp_delete_comment($id) : wp_trash_post($id); continue; }
    if ($one['act'] === 'edit') {
        if ($is_comment) { wp_update_comment(['comment_ID' => $id, 'comment_content' => $one['text']]); }
        else { wp_update_post(['ID' => $id, 'post_content' => wp_slash($one['text'])]); }
        continue;
    }
    $local = get_date_from_gmt($one['gmt']);
    if ($one['opening']) {
        $made = wp_insert_post(['post_title' => wp_slash($one['title']), 'post_content' => wp_slash($one['text']),
            'post_status' => 'draft', 'post_author' => who($one['author']), 'post_date' => $local,
            'post_date_gmt' => $one['gmt'], 'comment_status' => 'open',
            'post_name' => 'entry-' . $one['number']], true);
        wp_update_post(['ID' => $made, 'post_status' => 'publish', 'edit_date' => true, 'post_date' => $local,
            'post_date_gmt' => $one['gmt']]);  // a draft first, as the editor makes them: that decides its guid
        $ids[$one['number']] = 'p' . $made;
        $GLOBALS['threads'][$one['thread']] = $made;
        update_option('bench_thread_' . $one['thread'], $made);
    } else {
        $made = wp_insert_comment(['comment_post_ID' => (int) get_option('bench_thread_' . $one['thread']),
            'comment_author' => wp_slash($one['author']), 'comment_content' => wp_slash($one['text']),
            'comment_approved' => 1, 'comment_date' => $local, 'comment_date_gmt' => $one['gmt']]);
        $ids[$one['number']] = 'c' . $made;
    }
}
echo "\\n" . json_encode((object) $ids);
"""

CLOSED = """<?php
add_filter('rest_authentication_errors', function () {
    return new WP_Error('rest_cannot_access', 'Only authenticated users can access the REST API.', ['status' => 401]);
});
"""


class WordPress(Server):
    """One blog; entries are posts, replies are comments."""

    name = "wordpress"

    def install(self) -> str:
        """Copy it, make a database, run its installation."""
        missing = [name for name in NEEDED if not shutil.which(name)]
        if missing or not WORDPRESS.exists():
            raise SystemExit(f"missing: {', '.join(missing) or WORDPRESS}; see the head of {__file__}")
        self.site, self.socket = self.folder / "site", self.folder / "db.sock"
        shutil.copytree(WORDPRESS, self.site, symlinks=False, ignore_dangling_symlinks=True)
        self._database()
        (self.site / "wp-config.php").unlink(missing_ok=True)
        home = self.url.rstrip("/")
        (self.site / "wp-config.php").write_text(CONFIGURATION.format(socket=self.socket, home=home))
        for name, text in (("router.php", ROUTER), ("bench-install.php", INSTALL), ("bench-fill.php", FILL)):
            (self.site / name).write_text(text)
        version = self._php("bench-install.php").strip().splitlines()[-1]
        command = ("php", "-S", f"127.0.0.1:{self.port}", "-t", str(self.site), str(self.site / "router.php"))
        self.run(*command, env=os.environ | {"PHP_CLI_SERVER_WORKERS": "2"}, start_new_session=True)
        wait_for(self.url)
        return f"WordPress {version}"

    def say(self, said: list[Said]) -> None:
        """By its own functions, as the editor and the comment form do."""
        facts = [
            {
                "act": "say",
                "number": one.number,
                "thread": one.thread,
                "opening": one.opening,
                "title": escape(one.title, quote=False),
                "author": one.author,
                "text": one.html(),
                "gmt": _gmt(one),
            }
            for one in said
        ]
        self.ids |= {int(number): native_id for number, native_id in self._fill(facts).items()}

    def edit(self, said: Said) -> None:
        """As the editor does."""
        self._fill([{"act": "edit", "id": self.ids[said.number], "text": said.html()}])

    def delete(self, said: Said) -> None:
        """Into the trash."""
        self._fill([{"act": "delete", "id": self.ids[said.number]}])

    def close(self) -> None:
        """Close the REST interface to guests, as plugins do."""
        (self.site / "wp-content" / "mu-plugins").mkdir(exist_ok=True)
        (self.site / "wp-content" / "mu-plugins" / "closed.php").write_text(CLOSED)

    def source(self) -> str:
        """The whole blog."""
        return f'platform = "wordpress"\nurl = "{self.url}"\n'

    def stop(self) -> None:
        """End the web server with its workers, then the database."""
        for process in self.running[1:]:
            os.killpg(process.pid, 15)
            process.wait(timeout=20)
        del self.running[1:]
        super().stop()

    def _database(self) -> None:
        """An empty one that listens on a socket in the folder only."""
        data = self.folder / "db"
        install = ["mariadb-install-db", f"--datadir={data}", "--auth-root-authentication-method=normal", "--user=root"]
        subprocess.run([*install, "--skip-test-db"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pid = f"--pid-file={self.folder / 'db.pid'}"
        self.run(
            "mariadbd",
            "--no-defaults",
            f"--datadir={data}",
            f"--socket={self.socket}",
            "--skip-networking",
            "--user=root",
            pid,
        )
        client = ["mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", "-e", "CREATE DATABASE wordpress"]
        for _ in range(100):
            if subprocess.run(client, capture_output=True).returncode == 0:
                return
            subprocess.run(["sleep", "0.3"])
        raise SystemExit("the database does not start")

    def _fill(self, facts: list[dict[str, object]]) -> dict[str, str]:
        return dict(json.loads(self._php("bench-fill.php", json.dumps(facts)).strip().splitlines()[-1]))

    def _php(self, script: str, given: str = "") -> str:
        done = subprocess.run(
            ["php", "-d", "error_reporting=0", str(self.site / script)], input=given, text=True, capture_output=True
        )
        if done.returncode:
            raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
        return done.stdout


def _gmt(one: Said) -> str:
    return one.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
