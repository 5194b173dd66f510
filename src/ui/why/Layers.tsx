import { Info, OctagonX, TriangleAlert, type LucideIcon } from 'lucide-react';
import type { LayerDisagreement, MapType, PeerVerdict, PhysicsAnswer } from '../../core/pcie/verdict.ts';
import { physicsWords, verdictWords } from '../../store/words.ts';
import { useDocument } from '../model.ts';
import { nodeName } from '../names.ts';
import { VerdictGlyph } from '../widgets/VerdictGlyph.tsx';

const ICONS: Readonly<Record<LayerDisagreement['severity'], LucideIcon>> = {
  error: OctagonX,
  warning: TriangleAlert,
  note: Info,
};

const LAYER_NAMES = { policy: 'Policy', isolation: 'Isolation', physics: 'Physics' } as const;

/** Where two layers contradict each other: this is what bites. */
export function Disagreements({ verdict }: { readonly verdict: PeerVerdict }) {
  const rows = verdict.disagreements ?? [];
  if (rows.length === 0) return undefined;
  return (
    <ul className="disagreements" aria-label="Where the layers disagree">
      {rows.map((row) => {
        const Icon = ICONS[row.severity];
        return (
          <li key={row.code} className={`disagreement disagreement-${row.severity}`}>
            <span className={`notice-mark notice-${row.severity}`}>
              <Icon size={14} aria-hidden="true" />
            </span>
            <div>
              <p className="disagreement-between">
                {`${LAYER_NAMES[row.between[0]]} against ${LAYER_NAMES[row.between[1]].toLowerCase()}`}
              </p>
              <p>{row.sentence}</p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

/** Short enough for a third of the panel. */
const POLICY_WORDS: Readonly<Record<MapType, string>> = {
  BUS_ADDR: 'Direct',
  THRU_HOST_BRIDGE: 'Host bridge',
  NOT_SUPPORTED: 'Refused',
};

function isolationWords({ isolation }: PeerVerdict): string {
  if (isolation === undefined) return 'not known';
  if (!isolation.active) return 'No groups';
  return isolation.sameGroup ? 'Same group' : 'Different groups';
}

function PhysicsLine({ what, answer }: { readonly what: string; readonly answer: PhysicsAnswer }) {
  return (
    <span className={answer.outcome === 'arrives' ? undefined : 'layer-bad'}>
      {`${what} ${physicsWords(answer.outcome)}`}
    </span>
  );
}

/** Members of a group by name, at most so many. */
const MOST_MEMBERS = 6;

function GroupLine({ title, members }: { readonly title: string; readonly members: readonly string[] }) {
  const document = useDocument((state) => state.document);
  if (members.length === 0) return undefined;
  const names = members.slice(0, MOST_MEMBERS).map((node) => nodeName(document, node));
  const rest = members.length - names.length;
  return <p className="hint">{`${title}: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`}</p>;
}

/** What each layer says, side by side, then in full. */
export function Layers({ verdict }: { readonly verdict: PeerVerdict }) {
  const { isolation, physics } = verdict;
  return (
    <section className="layers" aria-labelledby="layers-title">
      <h3 id="layers-title">Three layers</h3>
      <dl className="layer-columns">
        <div>
          <dt>Policy</dt>
          <dd>
            <VerdictGlyph kind={verdict.mapType} /> {POLICY_WORDS[verdict.mapType]}
          </dd>
        </div>
        <div>
          <dt>Isolation</dt>
          <dd>{isolationWords(verdict)}</dd>
        </div>
        <div>
          <dt>Physics</dt>
          <dd className="layer-physics">
            {physics === undefined ? (
              'not known'
            ) : (
              <>
                <PhysicsLine what="Write" answer={physics.write} />
                <PhysicsLine what="Read" answer={physics.read} />
              </>
            )}
          </dd>
        </div>
      </dl>
      {verdict.staleMapType === undefined ? undefined : (
        <p className="stale">
          <VerdictGlyph kind={verdict.staleMapType} />
          {`${verdictWords(verdict.staleMapType).name} is what an earlier query stored: mappings made since still use it (D-10).`}
        </p>
      )}
      {isolation === undefined ? undefined : (
        <div className="layer-text">
          <p>{isolation.sentence}</p>
          {isolation.sameGroup ? (
            <GroupLine title="In it" members={isolation.providerGroup} />
          ) : (
            <>
              <GroupLine title="With the client" members={isolation.clientGroup} />
              <GroupLine title="With the provider" members={isolation.providerGroup} />
            </>
          )}
          {isolation.inaccuracies.map((row) => (
            <p key={row.rule} className="hint">{`${row.sentence} (${row.rule})`}</p>
          ))}
        </div>
      )}
      {physics === undefined ? undefined : (
        <div className="layer-text">
          <p>{physics.write.sentence}</p>
          {physics.read.sentence === physics.write.sentence ? undefined : <p>{physics.read.sentence}</p>}
        </div>
      )}
    </section>
  );
}
