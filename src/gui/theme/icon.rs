//! The icons of the window: characters of the icon font in `assets/fonts/lucide.ttf`.
//!
//! An icon never stands alone: a word, a tooltip or an accessible name goes with it.

/// The first screen.
pub const HOME: &str = "\u{e0f5}";
/// Bring a file in.
pub const UPLOAD: &str = "\u{e19e}";
/// Import.
pub const FILE_INPUT: &str = "\u{e0c5}";
/// Integrations.
pub const WORKFLOW: &str = "\u{e425}";
/// Start.
pub const PLAY: &str = "\u{e13c}";
/// Runs.
pub const HISTORY: &str = "\u{e1f5}";
/// Orgs.
pub const CLOUD: &str = "\u{e088}";
/// Settings.
pub const SETTINGS: &str = "\u{e154}";
/// Search.
pub const SEARCH: &str = "\u{e151}";
/// Notifications.
pub const BELL: &str = "\u{e059}";
/// Good.
pub const CIRCLE_CHECK: &str = "\u{e226}";
/// Wrong, and can be mended.
pub const CIRCLE_ALERT: &str = "\u{e077}";
/// Attention.
pub const TRIANGLE_ALERT: &str = "\u{e193}";
/// Information.
pub const INFO: &str = "\u{e0f9}";
/// Bad.
pub const CIRCLE_X: &str = "\u{e084}";
/// Close.
pub const X: &str = "\u{e1b2}";
/// Further.
pub const CHEVRON_RIGHT: &str = "\u{e06f}";
/// Opens a list.
pub const CHEVRON_DOWN: &str = "\u{e06d}";
/// Production, or not writeable.
pub const LOCK: &str = "\u{e10b}";
/// Practice.
pub const FLASK_CONICAL: &str = "\u{e0d5}";
/// Sandbox.
pub const BOX: &str = "\u{e061}";
/// Key.
pub const KEY_ROUND: &str = "\u{e4a3}";
/// Linked.
pub const LINK: &str = "\u{e102}";
/// Add.
pub const PLUS: &str = "\u{e13d}";
/// Delete.
pub const TRASH_2: &str = "\u{e18e}";
/// Copy.
pub const COPY: &str = "\u{e09e}";
/// Opens in the browser.
pub const EXTERNAL_LINK: &str = "\u{e0b9}";
/// Save to a file.
pub const DOWNLOAD: &str = "\u{e0b2}";
/// Ask again.
pub const REFRESH_CW: &str = "\u{e145}";
/// Try again.
pub const ROTATE_CCW: &str = "\u{e148}";
/// Take back.
pub const UNDO_2: &str = "\u{e2a1}";
/// Do again.
pub const REDO_2: &str = "\u{e2a0}";
/// Pick a file.
pub const FOLDER_OPEN: &str = "\u{e247}";
/// A workbook.
pub const FILE_SPREADSHEET: &str = "\u{e326}";
/// A text file.
pub const FILE_TEXT: &str = "\u{e0cc}";
/// A table.
pub const TABLE_2: &str = "\u{e2f9}";
/// Goes into.
pub const ARROW_RIGHT: &str = "\u{e049}";
/// Chosen.
pub const CHECK: &str = "\u{e06c}";
/// Look.
pub const EYE: &str = "\u{e0ba}";
/// More.
pub const ELLIPSIS: &str = "\u{e0b6}";
/// Keys.
pub const KEYBOARD: &str = "\u{e284}";
/// Light.
pub const SUN: &str = "\u{e178}";
/// Dark.
pub const MOON: &str = "\u{e11e}";
/// As the system.
pub const MONITOR: &str = "\u{e11d}";
/// Time.
pub const CLOCK: &str = "\u{e087}";
/// Stop.
pub const SQUARE: &str = "\u{e167}";
/// Waiting.
pub const CIRCLE_DASHED: &str = "\u{e4b0}";
/// Under way.
pub const LOADER_CIRCLE: &str = "\u{e10a}";
/// Filter.
pub const FUNNEL: &str = "\u{e0dc}";
/// A guess.
pub const SPARKLES: &str = "\u{e412}";
/// Text.
pub const TYPE: &str = "\u{e198}";
/// Number.
pub const HASH: &str = "\u{e0ef}";
/// Date.
pub const CALENDAR: &str = "\u{e063}";
/// Checkbox.
pub const TOGGLE_LEFT: &str = "\u{e18b}";
/// Email.
pub const MAIL: &str = "\u{e10f}";
/// Phone.
pub const PHONE: &str = "\u{e133}";
/// Picklist.
pub const LIST: &str = "\u{e106}";
/// Lookup.
pub const LINK_2: &str = "\u{e103}";
/// Not sent.
pub const BAN: &str = "\u{e051}";
/// Unchanged.
pub const EQUAL: &str = "\u{e1bd}";
/// Created.
pub const CIRCLE_PLUS: &str = "\u{e081}";
/// Changed.
pub const PENCIL: &str = "\u{e1f9}";
/// Unconfirmed.
pub const CIRCLE_QUESTION_MARK: &str = "\u{e082}";
/// Conflict.
pub const GIT_COMPARE: &str = "\u{e359}";
/// Open the rail.
pub const PANEL_LEFT_OPEN: &str = "\u{e21d}";
/// Close the rail.
pub const PANEL_LEFT_CLOSE: &str = "\u{e21c}";
/// Keep.
pub const BOOKMARK: &str = "\u{e060}";
/// Paste.
pub const CLIPBOARD_PASTE: &str = "\u{e3e8}";
/// Required.
pub const ASTERISK: &str = "\u{e1ef}";
/// Record id.
pub const FINGERPRINT: &str = "\u{e2cb}";
/// Skipped.
pub const CIRCLE_MINUS: &str = "\u{e07e}";
/// Object.
pub const DATABASE: &str = "\u{e0ad}";
/// Sent.
pub const SEND: &str = "\u{e152}";
/// Nothing here.
pub const INBOX: &str = "\u{e0f7}";
/// Long text.
pub const TEXT: &str = "\u{e185}";
/// Options.
pub const SLIDERS_HORIZONTAL: &str = "\u{e29a}";
/// Conflicts.
pub const FLAG: &str = "\u{e0d1}";
/// Say something.
pub const MESSAGE_SQUARE: &str = "\u{e117}";
/// A person.
pub const USER_ROUND: &str = "\u{e468}";
/// Later.
pub const SKIP_FORWARD: &str = "\u{e160}";
/// Left alone.
pub const EYE_OFF: &str = "\u{e0bb}";
/// Many at once.
pub const COPY_CHECK: &str = "\u{e3fb}";
/// No pair any more.
pub const UNLINK: &str = "\u{e19c}";
