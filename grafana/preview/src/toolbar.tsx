// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { dateMath, type TimeRange } from '@grafana/data';
import {
  Badge,
  Button,
  Combobox,
  Dropdown,
  InlineLabel,
  LinkButton,
  Menu,
  MultiCombobox,
  RefreshPicker,
  TimeRangePicker,
  ToolbarButton,
} from '@grafana/ui';
import type { Site } from './api.ts';
import type { Dashboard, Link } from './dashboard.ts';
import { all, type ResolvedVariable } from './variables.ts';
import { addressOf, type View } from './view.ts';

interface ToolbarProps {
  readonly board: Dashboard;
  readonly site: Site;
  readonly view: View;
  readonly range: TimeRange;
  /** Such as `10s`; empty is never. */
  readonly interval: string;
  readonly variables: readonly ResolvedVariable[];
  readonly onView: (change: Partial<View>) => void;
  readonly refreshNow: () => void;
}

export function Toolbar({ board, site, view, range, interval, variables, onView, refreshNow }: ToolbarProps) {
  const zoom = (factor: number, shift = 0) => {
    const [start, end] = [range.from.valueOf(), range.to.valueOf()];
    const [middle, half] = [(start + end) / 2 + shift * (end - start), ((end - start) / 2) * factor];
    onView({ from: String(Math.round(middle - half)), to: String(Math.round(middle + half)) });
  };
  return (
    <header className="toolbar">
      <div className="toolbar-line">
        <span className="crumbs">Dashboards</span>
        <h1>{board.title}</h1>
        <Badge
          color="blue"
          icon="eye"
          text="Preview"
          tooltip="These are the boards that Grafana shows, drawn here with Grafana's components. There is no Grafana on this machine: it comes with docker-compose.otel.yml."
        />
        {site.isDefaultLogin && (
          <Badge
            color="orange"
            icon="exclamation-triangle"
            text="Default password"
            tooltip="Everybody knows admin/admin: name a file with another password in ONYX_GRAFANA_PASSWORD_FILE."
          />
        )}
        <span className="space" />
        <form method="post" action="/logout">
          <Button type="submit" variant="secondary" fill="text" size="sm" icon="signout">
            Log out {site.user}
          </Button>
        </form>
      </div>
      <div className="toolbar-line">
        <div className="choices">
          {variables
            .filter(({ variable }) => variable.hide !== 2)
            .map((resolved) => (
              <VariablePicker
                key={resolved.variable.name}
                {...resolved}
                onChange={(values) => onView({ variables: { ...view.variables, [resolved.variable.name]: values } })}
              />
            ))}
          {(board.links ?? []).map((link) => (
            <BoardLink key={link.title} link={link} site={site} view={withChosen(view, variables)} />
          ))}
        </div>
        <TimeRangePicker
          value={range}
          timeZone="browser"
          onChange={({ raw }) => onView({ from: asText(raw.from), to: asText(raw.to) })}
          onChangeTimeZone={() => {}}
          onMoveBackward={() => zoom(1, -0.5)}
          onMoveForward={() => zoom(1, 0.5)}
          onZoom={() => zoom(2)}
          isOnCanvas
        />
        <RefreshPicker
          value={interval}
          intervals={['10s', '30s', '1m', '5m']}
          onRefresh={refreshNow}
          onIntervalChanged={(refresh) => onView({ refresh })}
          isOnCanvas
        />
      </div>
    </header>
  );
}

interface VariablePickerProps extends ResolvedVariable {
  readonly onChange: (values: readonly string[]) => void;
}

function VariablePicker({ variable, options, chosen, onChange }: VariablePickerProps) {
  const { name, label = name, multi, includeAll, description } = variable;
  const choices = [
    ...(includeAll ? [{ label: 'All', value: all }] : []),
    ...options.map((value) => ({ label: value, value })),
  ];
  const id = `variable-${name}`;
  return (
    <div className="variable">
      <InlineLabel width="auto" htmlFor={id} {...(description ? { tooltip: description } : {})}>
        {label}
      </InlineLabel>
      {multi ? (
        <MultiCombobox
          id={id}
          options={choices}
          value={[...chosen]}
          onChange={(selected) =>
            onChange(
              withoutAll(
                selected.map(({ value }) => value),
                chosen,
              ),
            )
          }
          width="auto"
          minWidth={14}
          maxWidth={48}
        />
      ) : (
        <Combobox
          id={id}
          options={choices}
          value={chosen[0] ?? null}
          onChange={({ value }) => onChange([value])}
          width="auto"
          minWidth={14}
          maxWidth={48}
        />
      )}
    </div>
  );
}

/** All and a single value exclude each other; nothing chosen means all. */
function withoutAll(selected: readonly string[], before: readonly string[]): readonly string[] {
  if (selected.includes(all) && !before.includes(all)) return [all];
  const values = selected.filter((value) => value !== all);
  return values.length > 0 ? values : [all];
}

interface BoardLinkProps {
  readonly link: Link;
  readonly site: Site;
  /** With everything that is chosen now, also what the address leaves to the board. */
  readonly view: View;
}

function BoardLink({ link, site, view }: BoardLinkProps) {
  const { title, tags = [], asDropdown, keepTime, includeVars, tooltip } = link;
  const kept: View = {
    uid: undefined,
    refresh: undefined,
    from: keepTime ? view.from : undefined,
    to: keepTime ? view.to : undefined,
    variables: includeVars ? view.variables : {},
  };
  const boards = site.boards.filter((board) => tags.every((tag) => board.tags?.includes(tag)));
  const address = (uid: string) => addressOf({ ...kept, uid });
  if (!asDropdown) {
    return boards.map(({ uid, title: name }) => (
      <LinkButton key={uid} variant="secondary" href={address(uid)}>
        {name}
      </LinkButton>
    ));
  }
  const menu = (
    <Menu>
      {boards.map(({ uid, title: name }) => (
        <Menu.Item key={uid} label={name} url={address(uid)} active={uid === view.uid} />
      ))}
    </Menu>
  );
  return (
    <Dropdown overlay={menu} placement="bottom-start">
      <ToolbarButton icon="bars" variant="canvas" isOpen={false} tooltip={tooltip ?? ''}>
        {title}
      </ToolbarButton>
    </Dropdown>
  );
}

function withChosen(view: View, variables: readonly ResolvedVariable[]): View {
  return { ...view, variables: Object.fromEntries(variables.map(({ variable, chosen }) => [variable.name, chosen])) };
}

/** `now-1h` as it is, a moment in milliseconds. */
function asText(raw: TimeRange['raw']['from']): string {
  return typeof raw === 'string' && dateMath.isMathString(raw)
    ? raw
    : String(dateMath.toDateTime(raw, {})?.valueOf() ?? raw);
}
