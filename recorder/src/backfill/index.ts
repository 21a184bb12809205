export { openPiece, PieceError, type Piece } from './open-piece.js';
export { placePiece, smallestMs, type Stretch } from './place-piece.js';
export { storePlaced, type StoreOptions } from './store-piece.js';
