//! How a step runs, to be looked at and changed: every option with a sentence, those that are not as they come marked, with a
//! way back. The import and the designer show the same.

mod absent;
mod again;
mod groups;
mod line;

use crate::connect::Operation;
use crate::gui::theme::{self, tokens};
use crate::integration::{Find, Options};
use crate::record::Schema;
use egui::Ui;
use line::Sheet;

/// What the options belong to, as far as it decides which of them mean something.
pub(super) struct Of<'a> {
    /// What happens to records.
    pub operation: Operation,
    /// How they are found.
    pub find: &'a Find,
    /// API name of the object.
    pub object: &'a str,
    /// The object described, once it is.
    pub schema: Option<&'a Schema>,
    /// Rows of the source, once counted.
    pub rows: Option<u64>,
    /// Whether its source is read only for what has changed.
    pub changes: bool,
    /// Bytes that keeping former values is going to take, where it was looked at.
    pub kept: Option<u64>,
}

impl Of<'_> {
    /// Whether rows go into a table of a database, which knows no API and nothing of an org.
    fn is_table(&self) -> bool {
        self.schema.is_some_and(Schema::is_table)
    }
}

/// A change that somebody made.
pub(super) struct Changed {
    /// The option.
    pub what: &'static str,
    /// Whether it was typed or dragged, so that it is one change with those right before it.
    pub typed: bool,
}

/// Shows all options, and gives back what was changed in this frame.
pub(super) fn ui(ui: &mut Ui, of: &Of<'_>, options: &mut Options) -> Option<Changed> {
    let mut sheet = Sheet::new(of, options);
    ui.spacing_mut().item_spacing.y = 11.0;
    for (name, group_ui) in [
        ("Rows", groups::rows_ui as fn(&mut Ui, &mut Sheet<'_>)),
        ("Safety", groups::safety_ui),
        ("Speed and API use", groups::speed_ui),
        ("Retry", groups::retry_ui),
    ] {
        ui.add_space(8.0);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            let heading = ui.label(theme::title(name).size(13.5).color(tokens(ui).strong));
            heading.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, name));
            let y = ui.cursor().top();
            ui.painter().hline(ui.max_rect().x_range(), y, (1.0, tokens(ui).hairline));
            ui.add_space(1.0);
        });
        group_ui(ui, &mut sheet);
    }
    sheet.changed()
}

/// How many options are not as they come.
pub(super) fn changed(options: &Options) -> u64 {
    let plain = Options::default();
    let different = [
        options.api != plain.api,
        options.create != plain.create,
        options.rows_per_call != plain.rows_per_call,
        options.parallel != plain.parallel,
        options.stop_at_first_bad_row != plain.stop_at_first_bad_row,
        options.all_or_none != plain.all_or_none,
        options.assignment_rules != plain.assignment_rules,
        options.save_duplicates != plain.save_duplicates,
        options.hard_delete != plain.hard_delete,
        options.duplicates != plain.duplicates,
        options.clear_mark != plain.clear_mark,
        options.skip_equal != plain.skip_equal,
        options.keep_before != plain.keep_before,
        options.absent != plain.absent,
        options.budget.most_calls != plain.budget.most_calls,
        options.budget.share_of_day != plain.budget.share_of_day,
        options.budget.quiet != plain.budget.quiet,
        options.retry != plain.retry,
        options.again != plain.again,
    ];
    different.into_iter().filter(|different| *different).count() as u64
}
