//! What a frame of the designer costs with 800 fields and 300 wires, on the processor alone: layout and tessellation.
//!
//! `cargo bench --bench canvas [-- FRAMES]` moves the pointer over the canvas and scrolls both lists, and prints the median and the
//! 99th percentile of each part. The goal is a median under 4 ms and a 99th percentile under 16 ms.
#![expect(clippy::print_stdout, reason = "a benchmark's output is its purpose")]

use egui::{Event, Modifiers, MouseWheelUnit, Pos2, RawInput, Rect, TouchPhase, Vec2};
use linkspan::connect::SourceSettings;
use linkspan::connect::file::inspect_as;
use linkspan::engine::Preview;
use linkspan::gui::{Ask, Command, Event as Fact, Preferences, Told, Window, theme};
use linkspan::integration::Integration;
use linkspan::mapping::{Expression, Mapping};
use linkspan::record::{Field, Kind, Schema};
use linkspan::store::IntegrationId;
use linkspan::workspace::{Checked, Described, ObjectCard, SourceLook};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const FIELDS: usize = 800;
const COLUMNS: usize = 400;
const WIRES: usize = 300;
const SIZE: Vec2 = Vec2::new(1440.0, 900.0);

fn main() {
    let frames = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(1_200);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("wide.csv");
    write_source(&path);
    let mut facts = vec![Fact::Design(Told::Opened(IntegrationId(1), Ok(Arc::new(integration(&path)))))];
    let ctx = egui::Context::default();
    theme::install(&ctx);
    let mut window = Window::new(Preferences::default());
    let mut shapes = 0;
    let (mut layout, mut tessellation, mut both) = (Vec::new(), Vec::new(), Vec::new());
    for frame in 0..frames + WARM_UP {
        let input = input(frame);
        let begun = Instant::now();
        let mut output = ctx.run_ui(input, |ui| {
            window.logic(&ui.ctx().clone(), 1_790_000_000_000, std::mem::take(&mut facts));
            window.ui(ui);
        });
        let laid_out = begun.elapsed();
        output.textures_delta.clear();
        let pixels_per_point = output.pixels_per_point;
        shapes = shapes.max(output.shapes.len());
        std::hint::black_box(ctx.tessellate(output.shapes, pixels_per_point));
        let done = begun.elapsed();
        facts = window.take_commands().into_iter().filter_map(answer).collect();
        if frame >= WARM_UP {
            layout.push(laid_out);
            tessellation.push(done - laid_out);
            both.push(done);
        }
    }
    assert_eq!(window.draft.screen, linkspan::gui::Screen::Designer, "the canvas is on the screen");
    println!(
        "{FIELDS} fields, {COLUMNS} columns, {WIRES} wires, {frames} frames of {} x {}, up to {shapes} shapes",
        SIZE.x, SIZE.y
    );
    println!("               median      p99");
    for (name, times) in [("layout", layout), ("tessellation", tessellation), ("both", both)] {
        let (median, p99) = of(times);
        println!("{name:<14} {median:>6.2}   {p99:>6.2}  ms");
    }
}

/// Frames before it is measured: facts arrive, letters are drawn for the first time.
const WARM_UP: usize = 120;

fn of(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let ms = |at: usize| times[at.min(times.len() - 1)].as_secs_f64() * 1e3;
    (ms(times.len() / 2), ms(times.len() * 99 / 100))
}

/// The pointer goes round over the canvas; each list is scrolled in turn, up and down.
fn input(frame: usize) -> RawInput {
    let turn = frame as f32 / 40.0;
    let at = Pos2::new(760.0 + 420.0 * turn.cos(), 420.0 + 200.0 * (turn * 1.7).sin());
    let mut input = RawInput {
        screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
        time: Some(frame as f64 / 60.0),
        ..RawInput::default()
    };
    input.events.push(Event::PointerMoved(at));
    if frame.is_multiple_of(2) {
        let down = (frame / 400).is_multiple_of(2);
        let delta = Vec2::new(0.0, if down { -60.0 } else { 60.0 });
        let unit = MouseWheelUnit::Point;
        input.events.push(Event::MouseWheel {
            unit,
            delta,
            phase: TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        });
    }
    input
}

fn write_source(path: &Path) {
    let mut text = (0..COLUMNS).map(|at| format!("Column_{at:03}")).collect::<Vec<_>>().join(",") + "\n";
    for row in 0..200 {
        for column in 0..COLUMNS {
            let comma = if column == 0 { "" } else { "," };
            if (row + column) % 7 == 0 {
                text.push_str(comma);
            } else {
                write!(text, "{comma}value {row} of {column}").expect("text can be written");
            }
        }
        text.push('\n');
    }
    std::fs::write(path, text).expect("the folder was just made");
}

fn integration(path: &Path) -> Integration {
    let text = format!(
        r#"{{"linkspan":1,"name":"Wide","steps":[{{"source":{{"path":{path:?},"csv":{{}}}},"org":"practice","object":"Wide__c",
        "operation":"insert","mapping":[]}}]}}"#
    );
    let mut integration = Integration::from_file(&text).expect("an integration");
    let mut mapping = Mapping::default();
    for at in 0..WIRES {
        let column = format!("Column_{:03}", at * 7 % COLUMNS);
        let from = match at % 5 {
            0 => Expression::Formula(format!("UPPER({column})")),
            _ => Expression::Column(column),
        };
        mapping.set(&format!("Field_{at:03}__c"), from);
    }
    integration.steps[0].mapping = mapping;
    integration
}

fn object() -> Schema {
    let kinds = [Kind::Text, Kind::Number, Kind::Picklist, Kind::Date];
    let field = |at: usize| Field {
        label: format!("Field number {at}"),
        kind: kinds[at % kinds.len()],
        length: 80,
        custom: at < 600,
        required: at < 4,
        ..Field::column(format!("Field_{at:03}__c"))
    };
    Schema {
        name: "Wide__c".to_owned(),
        label: "Wide".to_owned(),
        fields: (0..FIELDS).map(field).collect(),
        ..Schema::default()
    }
}

fn look(source: &SourceSettings) -> SourceLook {
    Arc::new(inspect_as(source.file().expect("a file")).expect("it was just written")).into()
}

/// What a worker would answer.
fn answer(command: Command) -> Option<Fact> {
    let told = match command {
        Command::Design(Ask::Look(source)) => {
            let look = look(&source);
            Told::Looked(source, Ok(Arc::new(look)))
        }
        Command::Design(Ask::Check { ticket, .. }) => Told::Checked(ticket, Ok(Checked::default())),
        Command::Design(Ask::Preview { ticket, .. }) => Told::Previewed(ticket, Ok(Arc::new(Preview::default()))),
        Command::Describe { org, object: name, .. } => {
            let described = Described { schema: Arc::new(object()), described_at: 0 };
            return Some(Fact::Described { org, object: name, answer: Ok(described) });
        }
        Command::LoadObjects(org) => {
            let card = ObjectCard {
                name: "Wide__c".to_owned(),
                label: "Wide".to_owned(),
                label_plural: "Wide".to_owned(),
                key_prefix: None,
                custom: true,
                createable: true,
                updateable: true,
                deletable: true,
            };
            return Some(Fact::Objects(org, Ok(vec![card])));
        }
        _ => return None,
    };
    Some(Fact::Design(told))
}
