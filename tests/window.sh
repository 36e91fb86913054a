#!/bin/bash
# Starts the real window under Xvfb, walks an import with the keyboard and the mouse, and leaves screenshots in target/window/.
# Fails when the walk did not load what it should have loaded.
#   tests/window.sh [BINARY]      (built with cargo in debug when none is given)
# Needs: xvfb xdotool imagemagick libgl1-mesa-dri libgl1 libegl1 libxkbcommon-x11-0 (Debian packages)
set -euo pipefail
cd "$(dirname "$0")/.."

binary=${1:-}
if [ -z "$binary" ]; then
  cargo build --quiet
  binary=target/debug/linkspan
fi
pictures=$PWD/target/window
customers=$PWD/tests/fixtures/northwind/customers.csv
kunden=$PWD/tests/fixtures/northwind/kunden_excel_de.csv
mkdir -p "$pictures"

# walk NAME SIZE SCALE THEME
walk() {
  local name=$1 size=$2 scale=$3 theme=$4 home chosen screen window app
  home=$(mktemp -d)
  chosen=$(mktemp)
  export HOME=$home XDG_DATA_HOME=$home/data LINKSPAN_VAULT=file LINKSPAN_WORKSPACE=$home/walk.linkspan
  mkdir -p "$XDG_DATA_HOME/linkspan"
  printf '{"preferences": "(theme:%s)"}' "$theme" >"$XDG_DATA_HOME/linkspan/app.ron"
  Xvfb -displayfd 3 -screen 0 "${size}x24" -nolisten tcp 3>"$chosen" >/dev/null 2>&1 &
  screen=$!
  for _ in $(seq 50); do [ -s "$chosen" ] && break; sleep 0.1; done
  export DISPLAY=:$(cat "$chosen")
  for _ in $(seq 50); do xdotool getdisplaygeometry >/dev/null 2>&1 && break; sleep 0.1; done
  LIBGL_ALWAYS_SOFTWARE=1 WINIT_X11_SCALE_FACTOR=$scale "$binary" >"$pictures/$name.log" 2>&1 &
  app=$!
  # shellcheck disable=SC2064
  trap "kill $app $screen 2>/dev/null || true; rm -rf '$home' '$chosen'" EXIT
  for _ in $(seq 400); do window=$(xdotool search --name '^Linkspan$' | tail -1 || true); [ -n "$window" ] && break; sleep 0.1; done
  sleep 2
  xdotool windowsize "$window" "${size%x*}" "${size#*x}" windowmove "$window" 0 0
  # Without a window manager nobody gives it the focus, and a window that is not shown yet takes none.
  for _ in $(seq 50); do xdotool windowfocus "$window" 2>/dev/null && break; sleep 0.2; done
  sleep 2
  picture() { import -window root "$pictures/$name-$1.png"; }
  open_path() {
    xdotool key ctrl+shift+o
    sleep 0.8
    xdotool type --delay 15 "$1"
    sleep 0.3
    xdotool key Return
    sleep 4
  }
  picture 1-home
  open_path "$customers"
  picture 2-import
  xdotool key ctrl+Return
  sleep 4
  picture 3-run
  open_path "$kunden"
  picture 4-problems
  xdotool key ctrl+Return
  sleep 4
  picture 5-failures
  xdotool key ctrl+k
  sleep 0.6
  picture 6-palette
  xdotool key Escape
  sleep 0.3
  xdotool key ctrl+4
  sleep 0.8
  picture 7-runs
  xdotool key ctrl+5
  sleep 0.8
  picture 8-orgs
  # The designer: nine objects, a formula under the inspector, and its problems.
  cp -r tests/fixtures/northwind "$home/northwind"
  sed -i 's/"org": "p"/"org": "practice"/' "$home/northwind/northwind.json"
  open_path "$home/northwind/northwind.json"
  picture 9-designer
  xdotool key ctrl+k
  sleep 0.6
  xdotool type --delay 15 'suggest'
  sleep 0.3
  xdotool key Return
  sleep 2
  picture 10-suggestions
  xdotool key Escape
  sleep 0.3
  # Its second object, and there the field with a formula.
  xdotool mousemove $((440 * scale)) $((108 * scale)) click 1
  sleep 2
  xdotool key F6
  sleep 0.3
  xdotool key Right
  sleep 0.3
  xdotool type --delay 15 'active'
  sleep 0.3
  xdotool key F2
  sleep 2
  picture 11-inspector
  # What belongs to the whole, each by the palette.
  choose() {
    xdotool key ctrl+k
    sleep 0.6
    xdotool type --delay 15 "$1"
    sleep 0.3
    xdotool key Return
    sleep 1.5
  }
  choose 'how this object'
  picture 12-settings
  choose 'tables of'
  picture 13-tables
  xdotool key Escape
  sleep 0.3
  choose 'export the integration'
  picture 14-export
  xdotool key Escape
  sleep 0.3
  # The practice org: bad days, one of them on and hit; its objects; how to sign in; a reset that is only looked at.
  choose 'go to the practice'
  "$binary" practice fault '[{"expire_after": {"calls": 3}}, {"fail_next": {"status": 503, "count": 2, "path_contains": "/query"}}]' >/dev/null 2>&1
  for _ in 1 2 3; do "$binary" query practice 'SELECT Id, Name FROM Account LIMIT 5' >/dev/null 2>&1 || true; done
  sleep 1.5
  xdotool mousemove $(((${size%x*} / scale - 260) * scale)) $((252 * scale)) click 1
  sleep 1
  picture 15-practice
  choose 'reset the practice'
  picture 16-reset
  xdotool key Escape
  sleep 0.3
  choose 'switch all bad days off'
  kill "$app"
  wait "$app" 2>/dev/null || true
  # The window is gone; what it did is not.
  local runs
  runs=$("$binary" runs --json | tail -1)
  kill "$screen"
  wait "$screen" 2>/dev/null || true
  trap - EXIT
  rm -rf "$home" "$chosen"
  case $runs in
    *'"unaccounted":0'*'"not_sent":4'* | *'"not_sent":4'*'"unaccounted":0'*) echo "$name: both runs are in the project" ;;
    *) echo "$name: the runs are not what they should be: $runs" >&2; exit 1 ;;
  esac
}

walk small 1024x640 1 Light
walk light 1280x800 1 Light
walk dark 1280x800 1 Dark
walk light-2x 2560x1440 2 Light
walk dark-2x 2560x1440 2 Dark
echo "Screenshots are in target/window/"
