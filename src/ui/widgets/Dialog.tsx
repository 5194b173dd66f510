import { X } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';

/** Attribute of the element that has the focus when its dialog opens. */
const FIRST_FOCUS = 'data-first-focus';

interface DialogProps {
  readonly title: string;
  readonly subtitle?: string;
  readonly size?: 'small' | 'medium' | 'large';
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons in the bottom row. */
  readonly footer?: ReactNode;
}

/** A modal native dialog: the browser keeps focus inside, closes on Esc and gives focus back. */
export function Dialog({ title, subtitle, size = 'small', onClose, children, footer }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const dialog = element.current;
    if (dialog === null || dialog.open) return;
    dialog.showModal();
    // The first field where there is one; else the title, so that a screen reader begins at the beginning.
    (dialog.querySelector<HTMLElement>(`[${FIRST_FOCUS}]`) ?? heading.current)?.focus();
  }, []);
  return (
    // Pressing the backdrop is the pointer's way to close; Esc and the button are the keyboard's.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={element}
      className={`dialog dialog-${size}`}
      aria-labelledby={titleId}
      // `close` comes in a later task than Esc; by then a key may have asked for the next dialog.
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        event.currentTarget.close();
        onClose();
      }}
      onClose={(event) => event.target === event.currentTarget && onClose()}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className="dialog-frame">
        <header className="dialog-head">
          <h2 id={titleId} ref={heading} tabIndex={-1}>
            {title}
          </h2>
          {subtitle === undefined ? undefined : <p>{subtitle}</p>}
          <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
            <X size={18} aria-hidden="true" />
          </button>
        </header>
        <div className="dialog-body">{children}</div>
        {footer === undefined ? undefined : <footer className="dialog-foot">{footer}</footer>}
      </div>
    </dialog>
  );
}
