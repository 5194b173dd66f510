import { createContext, useCallback, useContext, useEffect, useId, useRef, useState, type ReactNode } from 'react';

const ClosePopover = createContext<() => void>(() => undefined);

/** For what is inside a popover: closes it and gives focus back to its button. */
export function useClosePopover(): () => void {
  return useContext(ClosePopover);
}

interface PopoverProps {
  /** What the button shows. */
  readonly button: ReactNode;
  readonly buttonClass: string;
  /** Accessible name of the button where its content does not say it. */
  readonly label?: string;
  readonly align?: 'start' | 'end';
  readonly place?: 'below' | 'above';
  readonly startsOpen?: boolean;
  readonly children: ReactNode;
}

/** A button with a panel below it. Esc, a press outside and choosing close it; focus goes back to the button. */
export function Popover({
  button,
  buttonClass,
  label,
  align = 'start',
  place = 'below',
  startsOpen = false,
  children,
}: PopoverProps) {
  const [open, setOpen] = useState(startsOpen);
  const root = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  const close = useCallback(() => {
    setOpen(false);
    trigger.current?.focus();
  }, []);
  useEffect(() => {
    if (!open) return undefined;
    const onPress = (event: PointerEvent): void => {
      if (event.target instanceof Node && root.current?.contains(event.target) !== true) setOpen(false);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') close();
    };
    document.addEventListener('pointerdown', onPress);
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('pointerdown', onPress);
      document.removeEventListener('keydown', onKey);
    };
  }, [open, close]);
  return (
    <div className="popover-root" ref={root}>
      <button
        type="button"
        ref={trigger}
        className={buttonClass}
        aria-expanded={open}
        aria-controls={panelId}
        aria-label={label}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      <div id={panelId} className={`popover popover-${align} popover-${place}`} hidden={!open}>
        {open ? <ClosePopover value={close}>{children}</ClosePopover> : undefined}
      </div>
    </div>
  );
}
