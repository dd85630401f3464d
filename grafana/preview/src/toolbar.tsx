// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { TimeRange } from '@grafana/data';
import {
  Badge,
  Box,
  Button,
  Combobox,
  Dropdown,
  Icon,
  InlineLabel,
  LinkButton,
  Menu,
  MultiCombobox,
  RefreshPicker,
  Stack,
  Text,
  TimeRangePicker,
  ToolbarButton,
} from '@grafana/ui';
import type { Site } from './api.ts';
import type { Dashboard } from './dashboard.ts';
import { all, auto, type ResolvedVariable } from './variables.ts';
import { addressOf, type View } from './view.ts';

/** Where a link of the board leads, with the time and what is chosen, as far as the link itself does not choose. */
function leading(url: string, view: View, chosen: View['variables']): string {
  const to = new URL(url, location.origin);
  const own = [...to.searchParams.keys()];
  const here = new URL(
    addressOf({ ...view, refresh: undefined, viewPanel: undefined, variables: chosen }),
    location.origin,
  );
  for (const [name, value] of here.searchParams) if (!own.includes(name)) to.searchParams.append(name, value);
  return to.pathname + to.search;
}

interface ToolbarProps {
  readonly board: Dashboard;
  readonly site: Site;
  /** With everything that is chosen now, also what the address leaves to the board. */
  readonly view: View;
  readonly range: TimeRange;
  readonly variables: readonly ResolvedVariable[];
  readonly onView: (change: Partial<View>) => void;
  readonly refreshNow: () => void;
}

export function Toolbar({ board, site, view, range, variables, onView, refreshNow }: ToolbarProps) {
  const zoom = (factor: number, shift = 0) => {
    const [start, end] = [range.from.valueOf(), range.to.valueOf()];
    const [middle, half] = [(start + end) / 2 + shift * (end - start), ((end - start) / 2) * factor];
    onView({ from: String(Math.round(middle - half)), to: String(Math.round(middle + half)) });
  };
  const chosen = Object.fromEntries(variables.map(({ variable, chosen }) => [variable.name, chosen]));
  return (
    <header className="toolbar">
      <Box backgroundColor="primary" borderStyle="solid" borderColor="weak" paddingX={2} paddingY={0.5}>
        <Stack alignItems="center" wrap="wrap">
          <Text color="secondary">Dashboards</Text>
          <Icon name="angle-right" />
          <Text element="h1" variant="body" weight="medium">
            {board.title}
          </Text>
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
          <Box grow={1} />
          <form method="post" action="/logout">
            <Button type="submit" variant="secondary" fill="text" size="sm" icon="signout">
              Log out {site.user}
            </Button>
          </form>
        </Stack>
      </Box>
      <Box backgroundColor="canvas" display="flex" alignItems="start" gap={1} paddingX={2} paddingY={1}>
        <Stack wrap="wrap" flex={1}>
          {variables.map((resolved) => (
            <VariablePicker
              key={resolved.variable.name}
              {...resolved}
              onChange={(values) => onView({ variables: { ...view.variables, [resolved.variable.name]: values } })}
            />
          ))}
          {(board.links ?? []).map(({ title, tags, type, url }) => {
            if (type === 'link')
              return (
                <LinkButton
                  key={title}
                  href={leading(url ?? '', view, chosen)}
                  icon="external-link-alt"
                  variant="secondary"
                >
                  {title}
                </LinkButton>
              );
            const tagged = site.boards.filter((other) => tags.every((tag) => other.tags?.includes(tag)));
            const address = (uid: string) =>
              addressOf({ ...view, uid, refresh: undefined, viewPanel: undefined, variables: chosen });
            const menu = (
              <Menu>
                {tagged.map((other) => (
                  <Menu.Item
                    key={other.uid}
                    label={other.title}
                    url={address(other.uid)}
                    active={other.uid === board.uid}
                  />
                ))}
              </Menu>
            );
            return (
              <Dropdown key={title} overlay={menu} placement="bottom-start">
                <ToolbarButton icon="bars" variant="canvas" isOpen={false}>
                  {title}
                </ToolbarButton>
              </Dropdown>
            );
          })}
        </Stack>
        <TimeRangePicker
          value={range}
          timeZone="browser"
          onChange={({ raw }) => onView({ from: String(raw.from.valueOf()), to: String(raw.to.valueOf()) })}
          onChangeTimeZone={() => {}}
          onMoveBackward={() => zoom(1, -0.5)}
          onMoveForward={() => zoom(1, 0.5)}
          onZoom={() => zoom(2)}
          isOnCanvas
        />
        <RefreshPicker
          value={view.refresh ?? ''}
          intervals={['10s', '30s', '1m', '5m']}
          onRefresh={refreshNow}
          onIntervalChanged={(refresh) => onView({ refresh })}
          isOnCanvas
        />
      </Box>
    </header>
  );
}

interface VariablePickerProps extends ResolvedVariable {
  readonly onChange: (values: readonly string[]) => void;
}

function VariablePicker({ variable, options, chosen, onChange }: VariablePickerProps) {
  const { name, label = name, multi, description } = variable;
  const id = `variable-${name}`;
  const choices = options.map((value) => ({ label: value === auto ? 'auto' : value, value }));
  const look = { id, width: 'auto', minWidth: 14, maxWidth: 48 } as const;
  return (
    <Stack gap={0}>
      <InlineLabel width="auto" htmlFor={id} tooltip={description}>
        {label}
      </InlineLabel>
      {multi ? (
        <MultiCombobox
          {...look}
          options={[{ label: 'All', value: all }, ...choices]}
          value={[...chosen]}
          onChange={(selected) =>
            onChange(
              withoutAll(
                selected.map(({ value }) => value),
                chosen,
              ),
            )
          }
        />
      ) : (
        <Combobox {...look} options={choices} value={chosen[0] ?? null} onChange={({ value }) => onChange([value])} />
      )}
    </Stack>
  );
}

/** All and a single value exclude each other; nothing chosen means all. */
function withoutAll(selected: readonly string[], before: readonly string[]): readonly string[] {
  if (selected.includes(all) && !before.includes(all)) return [all];
  const values = selected.filter((value) => value !== all);
  return values.length > 0 ? values : [all];
}
